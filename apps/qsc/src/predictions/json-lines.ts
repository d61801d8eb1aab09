import { parseDistinct } from "@qsc/contract";
import { unknownColumn, unreadable } from "./faults.js";
import { namedColumns, type Columns, type Row } from "./row.js";

/**
 * The rows of a file with one JSON object on each line. A line that is not one, or lacks a column, has a fault. Lines
 * without a character are not rows.
 * @throws QscError `unknown_column` for a column that no row has
 */
export async function* jsonRows(
  lines: AsyncIterable<string>,
  { path, columns }: { readonly path: string; readonly columns: Columns },
): AsyncGenerator<Row> {
  const named = namedColumns(columns);
  const missing = new Map(named);
  let keys: readonly string[] | null = null;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const object = objectIn(line);
    if (object === null) {
      if (number === 1 && line.trimStart().startsWith("["))
        throw unreadable(path, "is one JSON list; write one object on each line (JSON Lines)");
      yield { place: `line ${number}`, fault: "a line that is not one JSON object" };
      continue;
    }
    keys ??= Object.keys(object);
    for (const [key, name] of named) if (Object.hasOwn(object, name)) missing.delete(key);
    const lacking = named.find(([, name]) => !Object.hasOwn(object, name));
    yield lacking === undefined
      ? { place: `line ${number}`, cells: Object.fromEntries(named.map(([key, name]) => [key, object[name]])) }
      : { place: `line ${number}`, fault: `a line without '${lacking[1].slice(0, 60)}'` };
  }
  const [never] = missing.values();
  if (never !== undefined && keys !== null) throw unknownColumn(path, never, keys);
}

/** The object on a line, in which no key occurs twice; null for anything else. */
function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = parseDistinct(line);
  } catch {
    return null;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
