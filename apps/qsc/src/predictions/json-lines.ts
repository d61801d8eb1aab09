import { parseDistinct } from "@qsc/contract";
import { unknownColumn } from "./faults.js";
import { listItems } from "./json-list.js";
import { namedColumns, type Columns, type Row } from "./row.js";

/** The text of one object, and where it is. */
interface Item {
  readonly place: string;
  readonly text: string;
}

/**
 * The rows of a file with one JSON object on each line. A line that is not one, or lacks a column, has a fault. Lines
 * without a character are not rows.
 * @throws QscError `unknown_column` for a column that no row has
 */
export function jsonRows(
  lines: AsyncIterable<string>,
  { path, columns }: { readonly path: string; readonly columns: Columns },
): AsyncGenerator<Row> {
  return rowsOf(numbered(lines), { path, columns, isLine: true });
}

/**
 * The rows of a file that is one JSON list of objects: an item that is not an object, or lacks a column, has a fault.
 * @throws QscError `unknown_column` for a column that no row has; `predictions_unreadable` for what is not a whole list
 */
export function jsonListRows(
  texts: AsyncIterable<string>,
  { path, columns }: { readonly path: string; readonly columns: Columns },
): AsyncGenerator<Row> {
  return rowsOf(listItems(texts, path), { path, columns, isLine: false });
}

async function* numbered(lines: AsyncIterable<string>): AsyncGenerator<Item> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() !== "") yield { place: `line ${number}`, text };
  }
}

async function* rowsOf(
  items: AsyncIterable<Item>,
  { path, columns, isLine }: { readonly path: string; readonly columns: Columns; readonly isLine: boolean },
): AsyncGenerator<Row> {
  const named = namedColumns(columns);
  const missing = new Map(named);
  const what = isLine ? "a line" : "an item";
  let keys: readonly string[] | null = null;
  for await (const { place, text } of items) {
    const object = objectIn(text);
    if (object === null) {
      yield { place, fault: `${what} that is not one JSON object` };
      continue;
    }
    keys ??= Object.keys(object);
    if (missing.size > 0) for (const [key, name] of named) if (Object.hasOwn(object, name)) missing.delete(key);
    const lacking = named.find(([, name]) => !Object.hasOwn(object, name));
    yield lacking === undefined
      ? { place, cells: Object.fromEntries(named.map(([key, name]) => [key, object[name]])) }
      : { place, fault: `${what} without '${lacking[1].slice(0, 60)}'` };
  }
  const [never] = missing.values();
  if (never !== undefined && keys !== null) throw unknownColumn(path, never, keys);
}

/** The object in a text, in which no key occurs twice; null for anything else. */
function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = parseDistinct(text);
  } catch {
    return null;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
