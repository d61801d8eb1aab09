import { createHash } from "node:crypto";
import { requiredText } from "./engine-identity.js";
import type { Json, JsonObject } from "./json-value.js";
import { jsonText } from "./text.js";

/** Keys are kept by the thousand while duplicates are looked for: a long part becomes its hash. */
export const LONGEST_PART = 128;

/**
 * Version 1: symbol, timestamp and breakdown. What is missing is empty: the ID of an entry never
 * makes a decision another one.
 */
export function decisionKeyV1(symbol: Json | undefined, timestamp: Json | undefined, breakdownHash: string): string {
  const traded = part(symbol);
  return `${traded.length}:${traded} ${part(timestamp)} ${breakdownHash}`;
}

/** @throws Refused `missing_field` unless the payload has a decision_id. */
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
