import type { EvidenceFinding } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { plain } from "./shared.js";

/** The evidence so far, strongest first. */
export function evidenceTable(findings: readonly EvidenceFinding[]): readonly Block[] {
  const some = findings
    .filter(({ log10, conclusive }) => log10 > 0 || conclusive)
    .toSorted((a, b) => b.log10 - b.threshold - (a.log10 - a.threshold));
  if (some.length === 0) return [];
  const rows = some.map(({ model, check, symbol = null, log10, threshold, n, since }) => [
    plain(model),
    plain(symbol === null ? check : `${check} of ${symbol}`),
    { text: `10^${log10.toFixed(1)}`, tone: since === null ? ("plain" as const) : ("bad" as const) },
    plain(`10^${threshold.toFixed(1)}`),
    plain(since === null ? `not in ${n} answers` : `since answer ${since} of ${n}`),
  ]);
  return [
    {
      kind: "table",
      title: "Evidence of a violation",
      head: ["model", "check", "evidence", "conclusive at", "proven"],
      rows,
    },
  ];
}
