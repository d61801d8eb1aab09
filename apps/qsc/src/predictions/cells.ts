import { readTime } from "@qsc/contract";
import type { Prediction } from "@qsc/violations";
import type { Cells } from "./row.js";

/** A number as programs write it; `1,5`, `0x10` and the empty text are none. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
  ["infinity", Infinity],
  ["+infinity", Infinity],
  ["-infinity", -Infinity],
]);
/** A number of seconds since 1970 stays below this until the year 5138; one of milliseconds is above it since 1973. */
const LEAST_MS = 1e11;
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?$/;

/** A prediction from the cells of a row, in a text file or not; or why there is none. */
export function predictionOf(cells: Cells, place: string, isText: boolean): Prediction | { readonly fault: string } {
  const label = cells.label === undefined ? undefined : labelOf(cells.label);
  if (typeof label === "object" && label !== null) return label;
  const segment = cells.segment === undefined ? null : labelOf(cells.segment);
  if (typeof segment === "object" && segment !== null) return segment;
  const at = "time" in cells ? timeOf(cells.time, isText) : null;
  if (typeof at === "object" && at !== null) return at;
  // One that was asked for and is not there is judged, and named, as an invalid one.
  const latency = "latency" in cells ? numberOf(cells.latency, isText) : undefined;
  return {
    place,
    ...(label !== undefined && { label }),
    // What is not a number is judged, and named, as an invalid score.
    ...("score" in cells && { score: numberOf(cells.score, isText) as number | null }),
    ...(segment !== null && { segment }),
    ...(at !== null && { at }),
    ...(latency !== undefined && { latencyMs: latency as number }),
  };
}

/** Null for a cell that is empty. Numbers and truth values are labels too, such as 0 and 1. */
function labelOf(cell: unknown): string | null | { readonly fault: string } {
  if (cell === null || cell === undefined || cell === "") return null;
  if (typeof cell === "string") return cell;
  if (typeof cell === "number" || typeof cell === "boolean" || typeof cell === "bigint") return String(cell);
  return { fault: "a label or segment that is neither a text nor a number" };
}

function numberOf(cell: unknown, isText: boolean): unknown {
  if (cell === null || cell === undefined || cell === "") return null;
  if (typeof cell === "bigint") return Number(cell);
  if (typeof cell !== "string" || !isText) return cell;
  const text = cell.trim();
  return NUMBER.test(text) ? Number(text) : (NOT_FINITE.get(text.toLowerCase()) ?? cell);
}

/** Milliseconds since 1970; a time without a zone is UTC. */
function timeOf(cell: unknown, isText: boolean): number | { readonly fault: string } {
  if (cell instanceof Date && !Number.isNaN(cell.getTime())) return cell.getTime();
  const value = numberOf(cell, isText);
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value < LEAST_MS ? value * 1000 : value;
  if (typeof value === "string") {
    const text = value.trim();
    const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text;
    const time = readTime(WITHOUT_ZONE.test(text) ? `${day}Z` : text);
    if (time !== null) return time.firstMs;
  }
  const shown =
    typeof cell === "string" ? `'${cell.slice(0, 40)}'` : cell === null || cell === undefined ? "nothing" : typeof cell;
  return { fault: `a time that cannot be understood: ${shown}` };
}
