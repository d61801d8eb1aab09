import { rules, WATCH_RULES, type CheckResult, type WatchRule } from "@qsc/contract";
import { MEASURES } from "../checks/model/measures.js";
import { CHECKS } from "../checks/model/eight.js";

const WITH_EVIDENCE: ReadonlySet<string> = new Set(CHECKS.map(({ id }) => id));

/** Tests of significance: their chance of a false alarm is that of one look, and a running watch looks at every decision. */
const OF_ONE_LOOK: ReadonlySet<string> = new Set(Object.entries(MEASURES).filter(([, { isOfOneLook }]) => isOfOneLook).map(([name]) => name));

const ruleOfWatch = rules.oneOf(...WATCH_RULES);
const checkRule = rules.shaped({
  id: rules.anyText,
  conditions: rules.listOf(rules.shaped({ status: rules.anyText, measure: rules.anyText })),
});

/**
 * Whether a violation of this check ends a running watch at once. Where there is no evidence to wait for it always does. Under
 * `strict` so does every point estimate over a limit; what only a test of one look objects to is left to the evidence, which
 * tests the same thing validly at every look. At the end of a watch all of it stands in the way under either rule: what is not
 * proven to be wrong is not thereby right.
 */
export function endsAtOnce(rule: WatchRule, check: Pick<CheckResult, "id" | "conditions">): boolean {
  ruleOfWatch(rule, "rule");
  checkRule(check, "check");
  const { id, conditions } = check;
  if (!WITH_EVIDENCE.has(id)) return true;
  const violated = conditions.filter(({ status }) => status === "violation");
  const isOfOneLook = violated.length > 0 && violated.every(({ measure }) => OF_ONE_LOOK.has(measure));
  return rule === "strict" && !isOfOneLook;
}
