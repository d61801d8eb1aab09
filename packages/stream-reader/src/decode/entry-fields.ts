import { INTENT_EVENT_TYPE, MAX_ENTRY_BYTES } from "@qsc/contract";
import { DecodeError } from "./decode-error.js";
import { quoted } from "./text.js";

/** The fields of an entry that are read. All others are ignored. */
export interface EntryFields {
  readonly contract: 1 | 2;
  readonly payload: string;
  readonly breakdown: string | null;
  readonly features: string | null;
}

/**
 * Finds the fields of an intent.
 * @throws DecodeError `unknown_contract`, and those of `assertFields` and `readPayload`.
 */
export function readFields(fields: readonly string[]): EntryFields {
  assertFields(fields, INTENT_EVENT_TYPE);
  const contract = readContract(fieldOf(fields, "contract"));
  return {
    contract,
    payload: readPayload(fields),
    breakdown: contract === 2 ? fieldOf(fields, "model_breakdown") : null,
    features: contract === 2 ? fieldOf(fields, "features") : null,
  };
}

/**
 * @throws DecodeError `too_large`, `duplicate_field`, `forbidden_key`, `other_event_type`, and `unreadable_line`
 * for a name without a value.
 */
export function assertFields(fields: readonly string[], expected: string): void {
  if (fields.length % 2 !== 0) {
    throw new DecodeError("unreadable_line", "the last field has a name but no value");
  }
  assertSize(fields);
  assertNames(fields);
  const eventType = fieldOf(fields, "event_type");
  if (eventType === expected) return;
  const found = eventType === null ? "missing" : quoted(eventType);
  throw new DecodeError("other_event_type", `event_type is ${found}, not '${expected}'`);
}

/** @throws DecodeError `no_payload`. */
export function readPayload(fields: readonly string[]): string {
  const payload = fieldOf(fields, "payload");
  if (payload !== null && payload !== "") return payload;
  throw new DecodeError("no_payload", `payload is ${payload === null ? "missing" : "empty"}`);
}

function readContract(version: string | null): 1 | 2 {
  if (version === null || version === "1") return 1;
  if (version === "2") return 2;
  throw new DecodeError("unknown_contract", `contract is ${quoted(version)}; use 1 or 2`);
}

function fieldOf(fields: readonly string[], name: string): string | null {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === name) return fields[at + 1] ?? null;
  }
  return null;
}

function assertSize(fields: readonly string[]): void {
  let units = 0;
  for (const text of fields) units += text.length;
  // A UTF-16 unit takes at most three bytes, so most entries need no exact count.
  if (units * 3 <= MAX_ENTRY_BYTES) return;
  let bytes = 0;
  for (const text of fields) bytes += Buffer.byteLength(text);
  if (bytes > MAX_ENTRY_BYTES) {
    throw new DecodeError("too_large", `${bytes} bytes; at most ${MAX_ENTRY_BYTES} are read`);
  }
}

function assertNames(fields: readonly string[]): void {
  // Comparing a handful of names is cheaper than building a set.
  const seen = fields.length > 32 ? new Set<string>() : null;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name === "__proto__") throw new DecodeError("forbidden_key", "a field is named '__proto__'");
    if (seen === null ? isRepeated(fields, at) : seen.size === seen.add(name).size) {
      throw new DecodeError("duplicate_field", `the field ${quoted(name)} is given twice`);
    }
  }
}

function isRepeated(fields: readonly string[], at: number): boolean {
  for (let before = 0; before < at; before += 2) {
    if (fields[before] === fields[at]) return true;
  }
  return false;
}
