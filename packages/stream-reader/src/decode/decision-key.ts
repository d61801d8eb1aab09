import { createHash } from "node:crypto";
import type { EntryId } from "@qsc/contract";
import { requiredText } from "./engine-identity.js";
import type { Json, JsonObject } from "./json-value.js";
import { jsonText } from "./text.js";

/** Keys are kept by the thousand while duplicates are looked for: a long part becomes its hash. */
const LONGEST = 128;

/**
 * Version 1: symbol, timestamp and breakdown. Without symbol and timestamp nothing says that two
 * equal answers are one decision, so that the entry's ID takes their place.
 */
export function decisionKeyV1(id: EntryId, payload: JsonObject, breakdownHash: string): string {
  const symbol = payload["symbol"];
  const timestamp = payload["timestamp"];
  if (symbol === undefined && timestamp === undefined) return `${id} ${breakdownHash}`;
  const what = part(symbol);
  return `${what.length}:${what} ${part(timestamp)} ${breakdownHash}`;
}

/** @throws Refused `missing_field` unless the payload has a decision_id. */
export function decisionKeyV2(payload: JsonObject): string {
  return short(requiredText(payload, "decision_id"));
}

function part(value: Json | undefined): string {
  return short(typeof value === "string" ? value : jsonText(value));
}

function short(text: string): string {
  return text.length <= LONGEST ? text : createHash("sha256").update(text).digest("hex");
}
