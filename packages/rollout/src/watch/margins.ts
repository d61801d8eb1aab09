import { iso, type CheckResult, type WatchMoment, type WorstMargin } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import { isGradual } from "@qsc/violations";
import type { WindowJudgement } from "./window.js";

/**
 * The margin of each check in a judgement. Only models with enough events count: distinct decisions, or all entries.
 */
export function marginsOf(
  { integrity, models, events, repeated }: WindowJudgement,
  minEvents: number,
  nowMs: number,
): readonly WorstMargin[] {
  const counted = [{ models, events }, ...(repeated === null ? [] : [repeated])].filter(
    (each) => each.events >= minEvents,
  );
  if (counted.length === 0) return [];
  const at = iso(nowMs);
  return [
    ...integrity.flatMap((check) => (isGradual("telemetry", check.id) ? (marginOf(null, check, at) ?? []) : [])),
    ...counted.flatMap((each) =>
      each.models.flatMap(({ model, checks }) => checks.flatMap((check) => marginOf(model, check, at) ?? [])),
    ),
  ];
}

/** The worst margin of each check so far, updated with those of a judgement; nearest to its limit first. */
export function worstMargins(known: readonly WorstMargin[], margins: readonly WorstMargin[]): readonly WorstMargin[] {
  return leastOfEach([...known, ...margins], ({ model, check }) => JSON.stringify([model, check]));
}

/** Of each model, and of the telemetry, the check that is nearest to its limit. */
export function nearestOfEach(margins: readonly WorstMargin[]): WatchMoment["margins"] {
  return leastOfEach(margins, ({ model }) => JSON.stringify(model)).map(({ model, check, margin }) => ({
    model,
    check,
    margin,
  }));
}

/** The smallest margin of each kind, the first among equals; smallest first. */
function leastOfEach(margins: readonly WorstMargin[], kindOf: (margin: WorstMargin) => string): readonly WorstMargin[] {
  const least = new Map<string, WorstMargin>();
  for (const each of margins) {
    const former = least.get(kindOf(each));
    if (former === undefined || each.margin < former.margin) least.set(kindOf(each), each);
  }
  return [...least.values()].sort((a, b) => a.margin - b.margin);
}

/** The condition of a check that is nearest to its limit. A limit of 0 has no share to be a margin of. */
function marginOf(model: string | null, { id, conditions, value, limit }: CheckResult, at: string): WorstMargin | null {
  const measured = conditions.map(({ worst, limit: bound, violatedWhen }) => {
    if (worst === null || bound === null || bound === 0) return null;
    return { value: worst, limit: bound, margin: marginTo(worst, bound, violatedWhen) };
  });
  const known = measured.filter((each) => each !== null);
  if (isGradual(model === null ? "telemetry" : "model", id) && value !== null && limit !== null && limit > 0) {
    known.push({ value, limit, margin: marginTo(value, limit, "above") });
  }
  const [nearest] = known.sort((a, b) => a.margin - b.margin);
  return nearest === undefined ? null : { model, check: id, ...nearest, at };
}

/** As a share of the limit; 0 if the value is at its limit except for rounding. */
function marginTo(value: number, limit: number, violatedWhen: "above" | "below"): number {
  if (!isAbove(value, limit) && !isBelow(value, limit)) return 0;
  return (violatedWhen === "above" ? limit - value : value - limit) / limit;
}
