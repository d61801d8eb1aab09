import { rules, SEGMENT_FAULTS, type ModelSegments, type Rule, type SegmentRow } from "@qsc/contract";
import { toneOf, type Block, type Cell, type Finding } from "../blocks.js";
import { percent } from "../format.js";
import { plain } from "./shared.js";

const { anyText, atLeastZero, count, flag, listOf, nullable, oneOf, recordOf, ruleOf, shaped } = rules;
const measured: Rule = nullable(ruleOf((value) => typeof value === "number", "a number"));

/** What the reports read of a model's answers symbol by symbol. */
export const segmentsShape: Rule = shaped({
  decides: flag,
  rows: listOf(
    shaped({
      symbol: anyText,
      decisions: count,
      predictions: count,
      shares: recordOf(measured),
      unchanged: measured,
      status: oneOf("pass", "violation", "unknown"),
      open: nullable(oneOf("too few decisions", "unread entries")),
      fault: nullable(oneOf(...SEGMENT_FAULTS)),
      log10: ruleOf(Number.isFinite, "a finite number"),
      threshold: atLeastZero,
      since: nullable(count),
    }),
  ),
  needed: nullable(count),
  withoutSymbol: count,
  further: count,
});

interface Segmented {
  readonly model: string;
  readonly segments?: ModelSegments;
}

/**
 * How each model answers for each symbol: a line of counts for each model, and a table that a terminal leaves out unless
 * it is asked for. Nothing for documents of earlier versions.
 */
export function segmentBlocks(models: readonly Segmented[]): readonly Block[] {
  const known = models.flatMap(({ model, segments }) => (segments === undefined ? [] : [{ model, segments }]));
  const [first] = known;
  if (first === undefined) return [];
  const items = known.flatMap(({ model, segments }) => segmentFindings(model, segments));
  const title = first.segments.decides ? "Symbols" : "Symbols, for information alone";
  return [
    { kind: "findings", title, items, counts: "segments" },
    ...known.flatMap(({ model, segments }) => tableOf(model, segments)),
  ];
}

/** How a model answers for its symbols, counted: a line. */
export function segmentFindings(
  model: string,
  { rows, needed, withoutSymbol, further }: ModelSegments,
): readonly Finding[] {
  const dead = rows.filter(({ status }) => status === "violation");
  const few = rows.filter(({ open }) => open === "too few decisions").length;
  const hidden = rows.filter(({ open }) => open === "unread entries").length;
  const alive = rows.length - dead.length - few - hidden;
  const frozen = needed === null ? "no frozen answer would show" : `a frozen answer shows after ${needed}`;
  const counts = [
    dead.length === 0 ? null : `dead for ${listed(dead)}`,
    alive === 0 ? null : alive === 1 ? "1 passes" : `${alive} pass`,
    few === 0 ? null : `${few} with too few decisions to tell (${frozen})`,
    hidden === 0 ? null : `unknown for ${hidden}, which unread entries may hide`,
    withoutSymbol === 0 ? null : `unknown for ${decisions(withoutSymbol)} without a symbol`,
    further === 0 ? null : `not tested: ${decisions(further)} of further symbols`,
    rows.length === 0 && withoutSymbol === 0 ? "unknown: there is no decision of any symbol" : null,
  ];
  const isUnknown = hidden + withoutSymbol + further > 0 || alive === 0;
  const status = dead.length > 0 ? "violation" : isUnknown ? "unknown" : "pass";
  return [
    { tone: toneOf(status), label: status, text: `${model}: ${counts.filter((text) => text !== null).join("; ")}` },
  ];
}

function decisions(n: number): string {
  return n === 1 ? "1 decision" : `${n} decisions`;
}

/** Symbols that a line names. */
const NAMED = 5;

function listed(rows: readonly SegmentRow[]): string {
  const names = rows.slice(0, NAMED).map(({ symbol, fault }) => `${symbol} (${fault ?? "no fault now"})`);
  const rest = rows.length - names.length;
  return rest > 0 ? `${names.join(", ")} and ${rest} more` : names.join(", ");
}

function tableOf(model: string, { rows }: ModelSegments): readonly Block[] {
  const labels = Object.keys(rows[0]?.shares ?? {});
  if (rows.length === 0) return [];
  return [
    {
      kind: "table",
      title: `Symbols of ${model}`,
      head: [
        "symbol",
        "status",
        "decisions",
        "predictions",
        ...labels,
        "unchanged",
        "evidence",
        "conclusive at",
        "proven",
      ],
      rows: rows.map((row) => [
        plain(row.symbol),
        segmentStatus(row),
        ...[String(row.decisions), String(row.predictions)].map(plain),
        ...labels.map((label) => plain(percent(row.shares[label] ?? null))),
        plain(percent(row.unchanged)),
        plain(`10^${row.log10.toFixed(1)}`),
        plain(`10^${row.threshold.toFixed(1)}`),
        plain(row.since === null ? "-" : `since decision ${row.since}`),
      ]),
      part: "segments",
    },
  ];
}

/** What is known of a symbol, in words. */
export function segmentStatus({ status, open, fault }: SegmentRow): Cell {
  if (status === "violation") return { text: `dead: ${fault ?? "no fault now"}`, tone: "bad" };
  return open === null ? { text: "pass", tone: "good" } : { text: open, tone: "unknown" };
}
