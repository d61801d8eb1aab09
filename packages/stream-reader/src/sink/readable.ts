import { MAX_ENTRY_BYTES, MIN_ID, parseEntryId, QscError } from "@qsc/contract";
import { jsonText } from "../decode/text.js";
import { isPlainObject, shown } from "../ports/options.js";
import type { NewEntry } from "../ports/sink.js";

/** A Redis script cannot take many more words of one entry. */
const MAX_FIELDS = 1000;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Checks that readers will accept this entry. @throws QscError `usage`. */
export function assertReadable(entry: NewEntry): void {
  if (!isPlainObject(entry)) throw refused(`it is ${shown(entry)}; an entry has an id and fields`);
  const { id, fields } = entry as NewEntry;
  const name = typeof id === "string" ? jsonText(id) : shown(id);
  if (typeof id !== "string" || parseEntryId(id) === null || id === MIN_ID) {
    throw refused(`its ID is ${name}; an ID is <milliseconds>-<number> and larger than 0-0`);
  }
  assertTexts(name, fields);
  if (fields.length === 0 || fields.length % 2 !== 0) {
    throw refused(`${name} has ${fields.length} names and values; they come in pairs, at least one`);
  }
  if (fields.length > 2 * MAX_FIELDS) {
    throw refused(`${name} has ${fields.length / 2} fields; at most ${MAX_FIELDS} are written`);
  }
  const bytes = fields.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_ENTRY_BYTES) {
    throw refused(`${name} has ${bytes} bytes; at most ${MAX_ENTRY_BYTES} are read`);
  }
}

function assertTexts(name: string, fields: unknown): void {
  if (!Array.isArray(fields))
    throw refused(`the fields of ${name} are ${shown(fields)}; they are names and values in turn`);
  const texts = fields as readonly unknown[];
  const odd = texts.findIndex((text) => typeof text !== "string");
  if (odd >= 0)
    throw refused(`number ${odd + 1} of the names and values of ${name} is ${shown(texts[odd])}, not a text`);
}

/** The fields as every reader gets them: half a surrogate pair is not text, and becomes U+FFFD. */
export function readableFields(fields: readonly string[]): readonly string[] {
  if (!fields.some((text) => LONE_SURROGATE.test(text))) return fields;
  return fields.map((text) => Buffer.from(text).toString());
}

function refused(why: string): QscError {
  return new QscError("usage", `An entry cannot be published: ${why}.`);
}
