import type { Prediction } from "@qsc/violations";
import { bytesOf } from "./bytes.js";
import { predictionOf } from "./cells.js";
import { csvRows } from "./csv.js";
import type { Format } from "./formats.js";
import { jsonListRows, jsonRows } from "./json-lines.js";
import { parquetRows } from "./parquet.js";
import type { Columns, Row } from "./row.js";
import { linesOf, textOf } from "./text.js";

/** What is read, and how. */
export interface Reading {
  /** A path, or `-` for standard input. */
  readonly path: string;
  readonly columns: Columns;
  /** Null: what the content says. */
  readonly format: Format | null;
  /** Null: a tab for a name that ends in `.tsv`, otherwise a comma. */
  readonly delimiter: string | null;
  /** Called with each row as it is read, before rows are sorted. What it throws ends the reading. */
  readonly onRow?: () => void;
}

/** A row of a file: a prediction, or why it is none. */
export type Read = { readonly place: string } & ({ readonly prediction: Prediction } | { readonly fault: string });

/**
 * The rows of a file as predictions, in the order of the file; with a column of times in the order of those, and rows
 * that are not predictions last. Every row is there.
 * @throws QscError, see `bytesOf` and the formats
 */
export function readPredictions(reading: Reading): AsyncGenerator<Read> {
  return readPredictionsIn(bytesOf(reading.path), reading);
}

/** Likewise for the bytes of a file that was opened, or received; its path is then only its name. @throws as above */
export async function* readPredictionsIn(bytes: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Read> {
  if (reading.columns.time === null) {
    yield* rowsOf(bytes, reading);
    return;
  }
  const timed: { readonly place: string; readonly prediction: Prediction }[] = [];
  const others: Read[] = [];
  for await (const row of rowsOf(bytes, reading)) {
    if ("prediction" in row) timed.push(row);
    else others.push(row);
  }
  // The sort is stable: of equal times, the order of the file.
  yield* timed.sort((a, b) => Number(a.prediction.at) - Number(b.prediction.at));
  yield* others;
}

async function* rowsOf(
  bytes: AsyncIterable<Buffer>,
  { path, columns, format, delimiter, onRow }: Reading,
): AsyncGenerator<Read> {
  const rest = bytes[Symbol.asyncIterator]();
  const first = await rest.next();
  const start = first.done === true ? Buffer.alloc(0) : first.value;
  const whole = startingWith(start, { [Symbol.asyncIterator]: () => rest });
  const found = format ?? formatOf(start);
  const rows = {
    csv: () => csvRows(textOf(whole, path), { path, columns, delimiter: delimiter ?? usualDelimiter(path) }),
    json: () => jsonListRows(textOf(whole, path), { path, columns }),
    jsonl: () => jsonRows(linesOf(textOf(whole, path), path), { path, columns }),
    parquet: () => parquetRows(whole, { path, columns }),
  }[found]();
  for await (const row of rows) {
    onRow?.();
    yield readRow(row, found === "csv");
  }
}

function readRow(row: Row, isText: boolean): Read {
  const { place } = row;
  if ("fault" in row) return { place, fault: row.fault };
  const prediction = predictionOf(row.cells, place, isText);
  return "fault" in prediction ? { place, fault: prediction.fault } : { place, prediction };
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** What the first bytes say: `PAR1` begins Parquet, a bracket a list, and a brace an object on a line. */
function formatOf(start: Buffer): Format {
  if (start.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  const text = start
    .subarray(0, 1024)
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text.startsWith("[")) return "json";
  return text.startsWith("{") ? "jsonl" : "csv";
}

function usualDelimiter(path: string): string {
  return /\.tsv(?:\.gz)?$/i.test(path) ? "\t" : ",";
}
