import { isUtf8 } from "node:buffer";
import { MAX_ENTRY_BYTES, parseEntryId, type EntryId, type Rejection, type RejectionReason } from "@qsc/contract";
import { parseJson } from "../../decode/json.js";
import { isObject } from "../../decode/json-value.js";
import type { Json, JsonObject } from "../../decode/json-types.js";
import { parsePythonJson } from "../../decode/python-json.js";
import { DecodeError } from "../../decode/decode-error.js";
import { cut, jsonText, quoted } from "../../decode/text.js";
import type { SourceItem } from "../../ports/source.js";
import { MAX_RECORD_BYTES, type RawRecord } from "./capture.js";

const ID_AT_THE_HEAD = /^\s*(?:\{\s*"id"\s*:|\[)\s*"(\d{1,20}-\d{1,20})"/;

/** The content of a record, without its place. */
interface ReadRecord {
  readonly kind: "read";
  readonly id: EntryId;
  readonly fields: readonly string[];
}

/** The entry in a record, `{"id", "fields"}` or `[id, [name, value, ...]]`, or the reason why there is none. */
export function parseRecord(record: RawRecord): SourceItem {
  const read = readRecord(record);
  return read.kind === "rejected" ? read : { ...read, kind: "entry", place: record.place };
}

/**
 * The same, without computing the place of an entry.
 * @param ownId the ID if the record is an object that names none
 */
export function readRecord(record: RawRecord, ownId?: EntryId): ReadRecord | Rejection {
  try {
    if (!record.whole) {
      throw new DecodeError("too_large", `its text has more than ${MAX_RECORD_BYTES} bytes`);
    }
    if (!isUtf8(record.bytes)) throw new DecodeError("invalid_utf8", "it is not UTF-8");
    const read = readText(record.bytes.toString(), ownId);
    const bytes = read.fields.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (bytes <= MAX_ENTRY_BYTES) return read;
    return rejection(read.id, record.place, "too_large", `${bytes} bytes; at most ${MAX_ENTRY_BYTES} are read`);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Invalid JSON here means an unreadable line. The JSON within an entry is read later.
    const reason = error.reason === "unreadable_json" ? "unreadable_line" : error.reason;
    const id = reason === "invalid_id" ? null : idAtTheHead(record.bytes);
    return rejection(id, record.place, reason, error.message);
  }
}

/**
 * Whether a line without a line end is complete, entry or not: a closed object or list. Any other is still being
 * written.
 */
export function isWhole(record: RawRecord): boolean {
  if (!record.whole) return false;
  try {
    const value = parseJson(record.bytes.toString(), "the line");
    return typeof value === "object" && value !== null;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason !== "unreadable_json";
    throw error;
  }
}

function readText(text: string, ownId: EntryId | undefined): ReadRecord {
  const value = parseJson(text, "the line", { anyKeys: true });
  if (Array.isArray(value)) return readPair(value);
  if (!isObject(value)) throw unreadable("it is not an object or an array");
  const id = ownId !== undefined && !Object.hasOwn(value, "id") ? ownId : readId(value["id"]);
  const fields = readMembers(value["fields"]);
  // JSON.parse keeps the last of two equal names, which would hide a contradiction.
  if (mayRepeatName(text, value, fields)) parsePythonJson(text);
  return { kind: "read", id, fields };
}

function readPair(pair: readonly Json[]): ReadRecord {
  const [id, fields] = pair;
  if (pair.length !== 2 || !Array.isArray(fields) || fields.length % 2 !== 0) {
    throw unreadable("it is not an ID and a list of names and values");
  }
  return { kind: "read", id: readId(id), fields: fields.map(text) };
}

function readMembers(members: Json | undefined): string[] {
  if (!isObject(members)) throw unreadable("it has no 'fields' object");
  return Object.entries(members).flatMap(([name, value]) => [name, text(value, name)]);
}

function text(value: Json, name: string | number): string {
  if (typeof value === "string") return value;
  const which = typeof name === "string" ? quoted(name) : `number ${name + 1}`;
  throw unreadable(`the field ${which} is ${cut(jsonText(value))}, not a text`);
}

function readId(value: Json | undefined): EntryId {
  const id = typeof value === "string" ? parseEntryId(value) : null;
  if (id === null) throw new DecodeError("invalid_id", `its ID is ${cut(jsonText(value))}`);
  return id;
}

/** False only if no name can occur twice. Quotes within strings are escaped, so they do not mislead the count. */
function mayRepeatName(text: string, record: JsonObject, fields: readonly string[]): boolean {
  if (text.includes("\\u")) return true;
  const names = [...Object.keys(record), ...fields.filter((_, at) => at % 2 === 0)];
  return names.some((name) => {
    const token = JSON.stringify(name);
    return text.indexOf(token, text.indexOf(token) + 1) >= 0;
  });
}

/** The ID at the beginning of a record that is not read any further. */
export function idAtTheHead(bytes: Buffer): EntryId | null {
  const id = ID_AT_THE_HEAD.exec(bytes.subarray(0, 200).toString("latin1"))?.[1];
  return id === undefined ? null : parseEntryId(id);
}

function unreadable(detail: string): DecodeError {
  return new DecodeError("unreadable_line", detail);
}

function rejection(id: EntryId | null, place: string, reason: RejectionReason, detail: string): Rejection {
  return { kind: "rejected", id, place, reason, detail };
}
