import { rules, WATCH_RULES, type CheckResult, type WatchRule } from "@qsc/contract";
import { MEASURES } from "../checks/model/measures.js";
import { CHECKS } from "../checks/model/eight.js";

const WITH_EVIDENCE: ReadonlySet<string> = new Set(CHECKS.map(({ id }) => id));

/**
 * Tests of significance: their chance of a false alarm is that of one look, and a running watch looks at every
 * decision.
 */
const OF_ONE_LOOK: ReadonlySet<string> = new Set(
  Object.entries(MEASURES)
    .filter(([, { isOfOneLook }]) => isOfOneLook)
    .map(([name]) => name),
);

const ruleOfWatch = rules.oneOf(...WATCH_RULES);
const checkRule = rules.shaped({
  id: rules.anyText,
  conditions: rules.listOf(rules.shaped({ status: rules.anyText, measure: rules.anyText })),
});
const seenRule = rules.ruleOf((seen) => seen instanceof Set, "a Set");

/**
 * Whether a violation of this check ends a running watch at once. It always does where there is no evidence to wait
 * for: no sequential test, or none that would find a gross fault in time. Under `strict` so does every point estimate
 * over a limit; what only a test of one look objects to is left to the evidence, which tests the same thing validly at
 * every look. At the end of a watch all of it stands in the way under either rule: what is not proven to be wrong is
 * not thereby right.
 *
 * @param seen the limits, as `<check>.<measure>`, whose gross faults the model's evidence finds in time (`powerOf`)
 */
export function endsAtOnce(
  rule: WatchRule,
  check: Pick<CheckResult, "id" | "conditions">,
  seen: ReadonlySet<string>,
): boolean {
  ruleOfWatch(rule, "rule");
  checkRule(check, "check");
  seenRule(seen, "seen");
  const { id, conditions } = check;
  if (!WITH_EVIDENCE.has(id)) return true;
  const violated = conditions.filter(({ status }) => status === "violation");
  if (violated.length === 0 || violated.some(({ measure }) => !seen.has(`${id}.${measure}`))) return true;
  return rule === "strict" && violated.some(({ measure }) => !OF_ONE_LOOK.has(measure));
}
