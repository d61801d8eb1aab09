import type { CheckResult } from "@qsc/contract";

/** What the reason of a check says where entries that repeat a decision were counted too. */
const WITH_REPEATS = "(counting repeated entries)";

/** How much a result stands in the way: a violation most, then what is unknown, then what is unknown and waived. */
function severityOf({ status, waived }: Pick<CheckResult, "status" | "waived">): number {
  if (status === "violation") return 3;
  if (status === "unknown") return waived ? 1 : 2;
  return 0;
}

/**
 * The worse of two results of one check: over distinct decisions, and over all entries. Where they are equally bad,
 * that of the distinct ones, which the statistics are of.
 */
export function worse(distinct: CheckResult, all: CheckResult): CheckResult {
  return severityOf(all) > severityOf(distinct) ? countingRepeats(all) : distinct;
}

/** The worse of each two results; both lists are of the same checks in the same order. */
export function worseOfEach(distinct: readonly CheckResult[], all: readonly CheckResult[]): readonly CheckResult[] {
  return distinct.map((check, index) => {
    const other = all[index];
    if (other?.id !== check.id) throw new TypeError(`${check.id} was not judged over all entries`);
    return worse(check, other);
  });
}

/** A result over all entries, whose reason says so. */
export function countingRepeats(check: CheckResult): CheckResult {
  return { ...check, reason: sayingRepeats(check.reason) };
}

/** A sentence about all entries, which says so. */
export function sayingRepeats(sentence: string): string {
  return `${sentence} ${WITH_REPEATS}`;
}
