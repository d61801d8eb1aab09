import { rules, type Dependence, type ModelSegments, type Policy } from "@qsc/contract";
import { RecentDecisions } from "../dependence/recent-decisions.js";
import { policyRule } from "../policy/assert-policy.js";
import { FALSE_ALARM_BUDGET } from "../sequential/sequential-monitor.js";
import { SegmentMonitor } from "./segment-monitor.js";
import { worseOf } from "./worse-segments.js";

/** The decisions whose segments are judged. */
export interface SegmentedDecisions {
  /** The newest that repeat none. */
  readonly distinct: RecentDecisions;
  /** The newest entries that repeat a decision. */
  readonly repeats: RecentDecisions;
  /** Entries that could not be read. */
  readonly unread: number;
}

const decisionsRule = rules.shaped({
  distinct: rules.instanceOf(RecentDecisions),
  repeats: rules.instanceOf(RecentDecisions),
  unread: rules.count,
});

/**
 * Each model's answers symbol by symbol, in the newest 4,096 decisions that repeat none. Where symbols decide, also over
 * all entries, and for each symbol the worse counts: copies are no evidence about the model, but a frozen one may look
 * like copies. A model that does not predict in a decision has no answer there.
 * The probability that any segment of any of the models is called dead, if none is, is at most 1 %: `SegmentMonitor`
 * says under which assumption. The persistence is measured in the same decisions, over all symbols together. That keeps
 * the guarantee: more persistence allowed is less evidence, so a false alarm needs either a bound that fails, for which a
 * tenth of the budget is kept, or evidence against what is truly allowed, for which there is the rest. From the first
 * repetition on the evidence of all entries comes on top, under the assumption of `EntryMonitor`.
 *
 * The order in which parts of the stream were read and joined makes no difference.
 *
 * @throws QscError `invalid_option`
 */
export function segmentsOf(
  decisions: SegmentedDecisions,
  policy: Policy,
  models: readonly string[],
): ReadonlyMap<string, ModelSegments> {
  decisionsRule(decisions, "decisions");
  policyRule(policy, "policy");
  rules.listOf(rules.anyText)(models, "models");
  const { distinct, repeats, unread } = decisions;
  const measured = distinct.measured();
  const found = tested(distinct, { policy, models, measured, unread });
  if (policy.segments === undefined || repeats.state().length === 0) return found;
  const all = new RecentDecisions(policy);
  all.take(distinct.state());
  all.take(repeats.state());
  const ofAll = tested(all, { policy, models, measured, unread });
  return new Map([...found].map(([model, own]) => [model, worseOf(own, ofAll.get(model) ?? own)]));
}

interface Context {
  readonly policy: Policy;
  readonly models: readonly string[];
  readonly measured: ReadonlyMap<string, Dependence>;
  readonly unread: number;
}

function tested(
  decisions: RecentDecisions,
  { policy, models, measured, unread }: Context,
): ReadonlyMap<string, ModelSegments> {
  const dependence = (model: string): Dependence | undefined => measured.get(model);
  const monitor = new SegmentMonitor({ policy, models, dependence, alpha: FALSE_ALARM_BUDGET });
  for (const { symbol, observationOf } of decisions.answers()) monitor.take(symbol, models.map(observationOf));
  return monitor.segments(unread);
}
