import type { CheckResult } from "@qsc/contract";

/** Added to the reason of a check when repeated entries were counted too. */
const WITH_REPEATS = "(counting repeated entries)";

/** Severity of a result: a violation is worst, then unknown, then unknown but waived. */
function severityOf({ status, waived }: Pick<CheckResult, "status" | "waived">): number {
  if (status === "violation") return 3;
  if (status === "unknown") return waived ? 1 : 2;
  return 0;
}

/**
 * The worse of two results of one check: over distinct decisions, and over all entries. If they are equally bad, the
 * one over distinct decisions, which the statistics cover.
 */
export function worse(distinct: CheckResult, all: CheckResult): CheckResult {
  return severityOf(all) > severityOf(distinct) ? countingRepeats(all) : distinct;
}

/** The worse result of each pair; both lists have the same checks in the same order. */
export function worseOfEach(distinct: readonly CheckResult[], all: readonly CheckResult[]): readonly CheckResult[] {
  return distinct.map((check, index) => {
    const other = all[index];
    if (other?.id !== check.id) throw new TypeError(`${check.id} was not judged over all entries`);
    return worse(check, other);
  });
}

/** A result over all entries, with a reason that says so. */
export function countingRepeats(check: CheckResult): CheckResult {
  return { ...check, reason: sayingRepeats(check.reason) };
}

/** A sentence about all entries, which says so. */
export function sayingRepeats(sentence: string): string {
  return `${sentence} ${WITH_REPEATS}`;
}
