import type { CheckResult, Profile, ProfileReference } from "@qsc/contract";
import { isBelow, psi, twoSampleLogEValue } from "@qsc/stats";
import { result } from "../result.js";
import { say, sayAgainst } from "../words.js";
import { allLabels } from "../../labels.js";
import { profileLimitOf } from "../../policy/limit-of.js";
import type { Tally } from "../../prediction-judge/tally.js";

/**
 * The chance that drift is ever found where there is none, at however many looks: half of it for the labels, half for
 * the scores.
 */
const FALSE_ALARM = 0.01;
const PROVEN = Math.log(2 / FALSE_ALARM);

interface Compared {
  readonly id: "label_drift" | "score_drift";
  readonly what: string;
  readonly reference: readonly number[];
  readonly actual: readonly number[];
}

/** Whether labels and scores are distributed as in the reference; nothing without one. */
export function drift(tally: Tally): readonly CheckResult[] {
  const { reference, labels } = tally.profile;
  if (reference === null) return [];
  const scores: Compared = { id: "score_drift", what: "scores", reference: reference.counts, actual: tally.bins };
  const all = labels === null ? [scores] : [labelsOf(tally, reference, allLabels(labels)), scores];
  return all.map((compared) => driftOf(compared, tally.rejected.total, tally.profile));
}

function labelsOf({ card }: Tally, reference: ProfileReference, labels: readonly string[]): Compared {
  return {
    id: "label_drift",
    what: "labels",
    reference: labels.map((label) => reference.labels?.[label] ?? 0),
    actual: labels.map((label) => card.labels.count(label)),
  };
}

/**
 * A violation is a PSI at the limit that is also proven: with few predictions any limit is reached by chance. A PSI at
 * the limit that is not proven yet is unknown, and so is one that rows which could not be read may hide.
 */
function driftOf({ id, what, reference, actual }: Compared, unread: number, profile: Profile): CheckResult {
  const limit = profileLimitOf(profile, `${id}.psi`);
  const n = actual.reduce((sum, count) => sum + count, 0);
  const value = psi(reference, actual);
  const log = twoSampleLogEValue(reference, actual);
  if (value === null || log === null)
    return result(id, "unknown", {
      value: null,
      limit,
      n,
      reason: `there are no ${what} to compare with the reference`,
    });
  const reaches = (number: number): boolean => !isBelow(number, limit);
  const said = sayAgainst(value, limit, "number");
  const found = `PSI of the ${what} against the reference is ${said.value}; below ${said.limit} is allowed`;
  const facts = { value, limit, n };
  if (reaches(value)) {
    if (log >= PROVEN) return result(id, "violation", { ...facts, reason: `${found}, and chance does not explain it` });
    const told = say(Math.max(0, log), "number");
    return result(id, "unknown", {
      ...facts,
      reason: `${found}, which is not proven with ${n} ${what}: the evidence is ${told} of ${say(PROVEN, "number")} nats`,
    });
  }
  if (!reaches(worstPsi(reference, actual, unread))) return result(id, "pass", { ...facts, reason: found });
  return result(id, "unknown", {
    ...facts,
    reason: `${found}, and the ${unread} rows that could not be read may hide more`,
  });
}

/** The largest PSI if all unread rows had been in one bin. */
function worstPsi(reference: readonly number[], actual: readonly number[], unread: number): number {
  const each = actual.map((_, worst) => actual.map((count, bin) => (bin === worst ? count + unread : count)));
  return Math.max(...each.map((counts) => psi(reference, counts) ?? Number.NaN));
}
