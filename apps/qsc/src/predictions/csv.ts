import { Readable } from "node:stream";
import { unknownColumn, unreadable } from "./faults.js";
import { namedColumns, type Columns, type Row } from "./row.js";
import { LONGEST_ROW } from "./text.js";

/** A row as `csv-parse` gives it with `info`. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * The rows of a CSV file whose first row names the columns (RFC 4180). A row with more or fewer cells than that has a
 * fault; nothing is left out.
 * @throws QscError `unknown_column`; `predictions_unreadable` for quotation marks that do not match
 */
export async function* csvRows(
  texts: AsyncIterable<string>,
  { path, columns, delimiter }: { readonly path: string; readonly columns: Columns; readonly delimiter: string },
): AsyncGenerator<Row> {
  const { CsvError, parse } = await import("csv-parse");
  const parser = parse({
    delimiter,
    info: true,
    // Rows of another length are ours to count: the parser would stop at the first one.
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
  });
  const input = Readable.from(texts);
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  let header: Header | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      if (header === null) header = headerOf(record, { path, columns, delimiter });
      else yield rowOf(record, `line ${info.lines}`, header);
    }
  } catch (cause) {
    throw cause instanceof CsvError
      ? unreadable(path, `is not CSV: ${cause.message.replace(/[.\s]+$/, "")}`, cause)
      : cause;
  }
  if (header === null) throw unreadable(path, "is empty");
}

interface Header {
  readonly cells: number;
  readonly at: readonly (readonly [key: keyof Columns, index: number])[];
}

function headerOf(
  names: readonly string[],
  { path, columns, delimiter }: { readonly path: string; readonly columns: Columns; readonly delimiter: string },
): Header {
  const at = namedColumns(columns).map(([key, name]) => {
    const index = names.indexOf(name);
    if (index === -1) throw unknownColumn(path, name, names, otherDelimiter(names, delimiter));
    if (names.includes(name, index + 1)) throw unreadable(path, `names the column '${name}' twice; rename one of them`);
    return [key, index] as const;
  });
  return { cells: names.length, at };
}

/** What to do where the whole header is one name. */
function otherDelimiter([only = "", ...others]: readonly string[], delimiter: string): string {
  if (others.length > 0) return "";
  const found = [",", ";", "\t", "|"].find((each) => each !== delimiter && only.includes(each));
  if (found === undefined) return "";
  return ` Its cells seem to be separated by ${found === "\t" ? "tabs: pass --delimiter tab" : `'${found}': pass --delimiter '${found}'`}.`;
}

function rowOf(record: readonly string[], place: string, { cells, at }: Header): Row {
  if (record.length !== cells) return { place, fault: `a row with ${record.length} cells, not ${cells}` };
  return { place, cells: Object.fromEntries(at.map(([key, index]) => [key, record[index]])) };
}
