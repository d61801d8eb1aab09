import type { ModelSegments, SegmentRow } from "@qsc/contract";

/** Of each symbol the row over distinct decisions, unless the one over all entries is worse. */
export function worseOf(distinct: ModelSegments, all: ModelSegments): ModelSegments {
  const others = new Map(all.rows.map((row) => [row.symbol, row]));
  const rows = distinct.rows.map((row) => {
    const other = others.get(row.symbol);
    return other !== undefined && isWorse(other, row) ? other : row;
  });
  return { ...distinct, rows };
}

function isWorse(one: SegmentRow, other: SegmentRow): boolean {
  return severityOf(one) > severityOf(other);
}

/** Too few distinct decisions are the reader's, not the model's: enough entries do not make them good. */
function severityOf({ status, open }: SegmentRow): number {
  if (status === "violation") return 3;
  if (open === "unread entries") return 2;
  return status === "unknown" ? 1 : 0;
}
