import type { CheckResult } from "@qsc/contract";
import { result } from "../result.js";
import { allLabels } from "../../labels.js";
import { say } from "../words.js";
import { profileLimitOf } from "../../policy/limit-of.js";
import type { Tally } from "../../prediction-judge/tally.js";

interface Silent {
  readonly label: string;
  /** Predictions since its last occurrence. */
  readonly since: number;
  /** The chance that all its occurrences lie before those, had nothing changed. */
  readonly p: number;
}

/**
 * Whether a label has stopped: how a model that answers one label nearly always collapses, where its share hardly
 * changes. Needs no limit of a share. Nothing for a regression.
 *
 * Of n predictions, those of the reference counted before, k have the label, and none of the newest w. If every order of
 * them is equally likely, that has the chance (n - w choose k) / (n choose k). It is divided among the labels
 * (Bonferroni). The chance is that of one look: at 10,000 looks the one of a false alarm is at most 1 % at the built-in
 * limit. Labels that persist make longer gaps than that; the limit leaves room for some.
 */
export function labelStopped(tally: Tally): readonly CheckResult[] {
  const { labels, reference } = tally.profile;
  if (labels === null) return [];
  const limit = profileLimitOf(tally.profile, "label_stopped.p");
  const known = allLabels(labels);
  const now = tally.card.predictions;
  const before = known.reduce((sum, label) => sum + (reference?.labels?.[label] ?? 0), 0);
  const silent = known.map((label): Silent => {
    const last = tally.lastOf.get(label);
    const since = last === undefined ? now : now - 1 - last;
    const times = tally.card.labels.count(label) + (reference?.labels?.[label] ?? 0);
    return { label, since, p: Math.min(1, known.length * chanceOf(before + now, since, times)) };
  });
  const [worst] = silent.toSorted((a, b) => a.p - b.p);
  if (worst === undefined || now === 0)
    return [
      result("label_stopped", "unknown", { value: null, limit, n: now, reason: "there are no labels to look at" }),
    ];
  const { label, since, p } = worst;
  const facts = { value: p, limit, n: now };
  const found = `${label} has not occurred in the newest ${since} predictions, which has a chance of ${chance(p)} if nothing changed`;
  if (p < limit)
    return [
      result("label_stopped", "violation", { ...facts, reason: `${found}; at least ${chance(limit)} is needed` }),
    ];
  const reason =
    since === 0 || p >= 0.05 ? "no label has stopped" : `${found}; from ${chance(limit)} on that is allowed`;
  return [result("label_stopped", "pass", { ...facts, reason })];
}

function chance(p: number): string {
  return p < 1e-4 ? p.toExponential(1) : say(p, "number");
}

/** (n - w choose k) / (n choose k): that a sample of w, drawn without putting back, has none of the k of n. */
function chanceOf(n: number, w: number, k: number): number {
  if (k === 0 || w === 0) return 1;
  let log = 0;
  // The product has as many factors as the smaller one of the two: which one is taken makes no difference.
  const [few, many] = k < w ? [k, w] : [w, k];
  for (let index = 0; index < few; index += 1) {
    const left = n - many - index;
    if (left <= 0) return 0;
    log += Math.log(left / (n - index));
    if (log < -1000) return 0;
  }
  return Math.exp(log);
}
