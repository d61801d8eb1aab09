import type { ModelSegments, SegmentRow } from "@qsc/contract";

/**
 * Of each symbol the row over distinct decisions, unless the one over all entries is worse. A symbol that only repeated
 * entries name, since its decisions are older than those that are kept, is dead or open. What only they leave untested
 * counts, too.
 */
export function worseOf(distinct: ModelSegments, all: ModelSegments): ModelSegments {
  const others = new Map(all.rows.map((row) => [row.symbol, row]));
  const known = new Set(distinct.rows.map(({ symbol }) => symbol));
  const rows = [
    ...distinct.rows.map((row) => {
      const other = others.get(row.symbol);
      return other !== undefined && severityOf(other) > severityOf(row) ? other : row;
    }),
    ...all.rows.filter(({ symbol }) => !known.has(symbol)).map(withoutDistinct),
  ];
  return {
    ...distinct,
    rows: rows.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    withoutSymbol: distinct.withoutSymbol === 0 ? all.withoutSymbol : distinct.withoutSymbol,
    further: distinct.further === 0 ? all.further : distinct.further,
  };
}

/**
 * Too few decisions are no worse than a pass: over all entries there may be fewer of a symbol, where repetitions of
 * others have pushed them out.
 */
function severityOf({ status, open }: SegmentRow): number {
  if (status === "violation") return 2;
  return open === "unread entries" ? 1 : 0;
}

/** Too few distinct decisions are the reader's, not the model's: enough entries do not make them good. */
function withoutDistinct(row: SegmentRow): SegmentRow {
  return row.status === "pass" ? { ...row, status: "unknown", open: "too few decisions" } : row;
}
