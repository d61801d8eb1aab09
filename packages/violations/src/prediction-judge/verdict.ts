import type { CheckResult, ModelSegments, ModelVerdict } from "@qsc/contract";
import { firstIdAt } from "@qsc/contract";
import { Scorecard } from "../cards/scorecard.js";
import { OF_ENGINES, OF_LABELS } from "../checks/model/of-predictions.js";
import { RECENT_COLLAPSE } from "../checks/model/rows.js";
import { RecentDecisions } from "../dependence/recent-decisions.js";
import { isAgainst, judgeModel, verdictOf } from "../judge-model.js";
import { policyOf } from "../profile/policy-of.js";
import { segmentsOf } from "../segments/segments-of.js";
import { drift } from "../checks/predictions/drift.js";
import { labelStopped } from "../checks/predictions/label-stopped.js";
import { inUnits, inWords } from "./regression.js";
import { unsortedRows, rejectedRows } from "../checks/predictions/rows-read.js";
import type { Tally } from "./tally.js";

/** More than the decisions of a burst are apart: no two predictions belong to one. */
const APART_MS = 1000;

/** Judges what has been counted. */
export function verdictOn(tally: Tally): ModelVerdict {
  const { profile } = tally;
  const judged = judgeModel(tally.card, contextOf(tally));
  const own = typeof profile.score === "string" ? judged : ofRange(judged, profile.score);
  const [enough, ...others] = own.checks.filter(({ id }) => !OF_ENGINES.has(id));
  const checks = [
    ...(enough === undefined ? [] : [enough]),
    rejectedRows(tally),
    ...unsortedRows(tally),
    ...others,
    ...labelStopped(tally),
    ...drift(tally),
  ];
  return { ...own, verdict: verdictOf(checks), reasons: reasonsOf(checks, tally.card.predictions), checks };
}

/** Why not, violations first. Without a prediction, it goes without saying that there is nothing to measure. */
function reasonsOf(checks: readonly CheckResult[], predictions: number): readonly string[] {
  const violations = checks.filter(({ status }) => status === "violation");
  const unknowns = predictions === 0 ? [] : checks.filter((check) => check.status === "unknown" && isAgainst(check));
  return [...violations, ...unknowns].map(({ id, reason }) => `${id}: ${reason}`);
}

function contextOf(tally: Tally): Parameters<typeof judgeModel>[1] {
  const { model, profile, rejected } = tally;
  const policy = policyOf(profile, model);
  const scale = profile.score === "logit" ? ("logit" as const) : ("probability" as const);
  const { readings, unread } = tally.newest.newest();
  const newest = new Scorecard(model, { labels: policy.labels, scale, byLabel: false });
  for (const reading of readings) newest.add(reading, "a prediction");
  return {
    policy,
    expressions: new Map(),
    minEvents: profile.minPredictions,
    time: null,
    absent: 0,
    rejected: rejected.total,
    baseline: profile.reference?.baseline ?? null,
    latencyRequired: profile.requireLatency,
    newest: { card: newest, absent: 0, unread },
    segments: segmentsIn(tally),
  };
}

/** The newest rows segment by segment; null where none names one, and none has to. */
function segmentsIn({ newest, profile, model }: Tally): ModelSegments | null {
  const rows = newest.all();
  if (profile.segments === "shown" && rows.every(({ segment }) => segment === null)) return null;
  const policy = policyOf(profile, model);
  const distinct = new RecentDecisions(policy);
  let unread = 0;
  for (const [index, { reading, segment }] of rows.entries()) {
    if (reading === null) unread += 1;
    else distinct.add({ id: firstIdAt((index + 1) * APART_MS), symbol: segment, models: [reading] });
  }
  const decisions = { distinct, repeats: new RecentDecisions(policy), unread };
  return segmentsOf(decisions, policy, [model]).get(model) ?? null;
}

function ofRange(verdict: ModelVerdict, range: { readonly low: number; readonly high: number }): ModelVerdict {
  const checks = verdict.checks.filter(({ id }) => !OF_LABELS.has(id)).map(withoutLabels);
  return { ...verdict, stats: inUnits(verdict.stats, range), checks: checks.map((check) => inWords(check, range)) };
}

/** The newest predictions without what is compared of labels: `policyOf` has limits there that nothing exceeds. */
function withoutLabels(check: CheckResult): CheckResult {
  if (check.id !== RECENT_COLLAPSE.id) return check;
  const of = (measure: string): boolean => measure !== "tradingShare" && measure !== "neutralShare";
  return { ...check, conditions: check.conditions.filter(({ measure }) => of(measure)) };
}
