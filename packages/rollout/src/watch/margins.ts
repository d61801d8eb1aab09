import { iso, type CheckResult, type WorstMargin } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import { isGradual } from "@qsc/violations";
import type { WindowJudgement } from "./window.js";

/**
 * The worst margin of each check so far, updated with this judgement. Only models with enough events count: distinct
 * decisions, or all entries.
 */
export function worstMargins(
  known: readonly WorstMargin[],
  { integrity, models, events, repeated }: WindowJudgement,
  minEvents: number,
  nowMs: number,
): readonly WorstMargin[] {
  const counted = [{ models, events }, ...(repeated === null ? [] : [repeated])].filter(
    (each) => each.events >= minEvents,
  );
  if (counted.length === 0) return known;
  const at = iso(nowMs);
  const worst = new Map(known.map((margin) => [keyOf(margin), margin]));
  const consider = (model: string | null, check: CheckResult): void => {
    const margin = marginOf(model, check, at);
    if (margin === null) return;
    const former = worst.get(keyOf(margin));
    if (former === undefined || margin.margin < former.margin) worst.set(keyOf(margin), margin);
  };
  for (const check of integrity) if (isGradual("telemetry", check.id)) consider(null, check);
  for (const { model, checks } of counted.flatMap((each) => each.models))
    for (const check of checks) consider(model, check);
  return [...worst.values()].sort((a, b) => a.margin - b.margin);
}

function keyOf({ model, check }: WorstMargin): string {
  return JSON.stringify([model, check]);
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
