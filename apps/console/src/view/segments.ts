import type { SegmentRow } from "@qsc/contract";
import { percent, segmentFindings, segmentStatus } from "@qsc/report/live";
import type { WatchedSegments } from "@qsc/rollout";
import type { SegmentRowView, SegmentsView, Tone } from "./types.js";

/** At most this many rows, the worst first. */
const MOST_ROWS = 2000;

/** What the page shows of each watched model's symbols: the worst first. */
export function segmentsViewOf({ models, problem }: WatchedSegments): SegmentsView {
  const rows = models.flatMap(({ model, segments }) => segments.rows.map((row) => ({ model, row })));
  const sorted = rows.toSorted(
    (one, other) => RANK[one.row.status] - RANK[other.row.status] || partOf(other.row) - partOf(one.row),
  );
  return {
    problem: problem === null ? null : `What the watch has seen of each symbol is unknown: ${problem}`,
    decides: models.some(({ segments }) => segments.decides),
    lines: models
      .flatMap(({ model, segments }) => segmentFindings(model, segments))
      .map(({ tone, text }) => ({ tone: toneOf(tone), text })),
    rows: sorted.slice(0, MOST_ROWS).map(({ model, row }) => rowOf(model, row)),
  };
}

const RANK: Readonly<Record<SegmentRow["status"], number>> = { violation: 0, unknown: 1, pass: 2 };

/** The evidence against a model for a symbol, as a part of what is conclusive. */
function partOf({ log10, threshold }: SegmentRow): number {
  return log10 / threshold;
}

function toneOf(tone: string): Tone {
  return tone === "good" || tone === "bad" ? tone : "unknown";
}

function rowOf(model: string, row: SegmentRow): SegmentRowView {
  const { text, tone = "unknown" } = segmentStatus(row);
  const shares = Object.entries(row.shares).map(([label, share]) => `${label} ${percent(share)}`);
  return {
    model,
    symbol: row.symbol,
    status: text,
    tone: toneOf(tone),
    decisions: `${row.predictions} of ${row.decisions}`,
    shares: shares.join(", "),
    unchanged: percent(row.unchanged),
    evidence: `${Math.round(Math.max(0, partOf(row)) * 100)} %`,
    proven: row.since === null ? "" : `since decision ${row.since}`,
  };
}
