import { createHash } from "node:crypto";
import type { EntryId } from "@qsc/contract";
import { requiredText } from "./engine-identity.js";
import type { Json, JsonObject } from "./json-types.js";
import { jsonText } from "./text.js";

/** The duplicate check keeps thousands of keys, so a long part is replaced by its hash. */
export const LONGEST_PART = 128;

/**
 * Version 1: symbol, timestamp and breakdown. Without a usable timestamp nothing shows that two entries are the same
 * decision, so the key contains the entry's ID instead. Then only a line that was written twice counts as a duplicate.
 */
export function decisionKeyV1(
  symbol: Json | undefined,
  timestamp: Json | undefined,
  breakdownHash: string,
  id: EntryId,
): string {
  const traded = part(symbol);
  const decided = `${traded.length}:${traded}`;
  // No other key begins with "@".
  return isTime(timestamp) ? `${decided} ${part(timestamp)} ${breakdownHash}` : `@${decided} ${id} ${breakdownHash}`;
}

/** Whether a version 1 timestamp can distinguish two decisions: non-blank text, or a finite number. */
function isTime(timestamp: Json | undefined): boolean {
  return typeof timestamp === "string" ? timestamp.trim() !== "" : Number.isFinite(timestamp);
}

/** @throws DecodeError `missing_field` unless the payload has a decision_id. */
export function decisionKeyV2(payload: JsonObject): string {
  return short(requiredText(payload, "decision_id"));
}

function part(value: Json | undefined): string {
  if (value === undefined) return "";
  return short(typeof value === "string" ? value : jsonText(value));
}

function short(text: string): string {
  return text.length <= LONGEST_PART ? text : createHash("sha256").update(text).digest("hex");
}
