import { isNotFiniteText, V1_FEATURES, type PayloadMembers } from "@qsc/contract";
import type { Json, JsonObject } from "./json-types.js";
import { cut } from "./text.js";

/** Naming more would add nothing. */
const NAMED = 64;

/**
 * Members of a payload that are texts, so that "nan" and "inf" are allowed: a symbol, or a member with rules of its
 * own.
 */
export const NO_NUMBER: ReadonlySet<string> = new Set([
  "symbol",
  "side",
  "model",
  "model_breakdown",
  "decision_id",
  "build",
  "boot_id",
  "weights",
  "canary",
]);

/**
 * Dotted names of the numbers in a payload that are NaN or infinite, or a text of such a number. At most 64 names, each
 * cut to 80 characters. Members that are texts by contract are skipped.
 */
export function notFiniteInPayload(payload: JsonObject): string[] {
  const names: string[] = [];
  for (const [key, member] of Object.entries(payload)) if (!NO_NUMBER.has(key)) collect(member, key, false, names);
  return names;
}

/** The same for feature vectors, in which null is not a number either. */
export function notFiniteInFeatures(features: Json): string[] {
  const names: string[] = [];
  // Only the reader of vectors checks whether the whole is an object.
  if (features !== null) collect(features, "features", true, names);
  return names;
}

/** The numbers that both versions promise for the decision itself. */
export const DECISION_NUMBERS: readonly string[] = ["confidence", "consensus_count", "total_models"];

/** Numbers that version 1 promises but that are something else here. */
export function notNumbersOfV1(payload: JsonObject): string[] {
  return notNumbersAmong([...DECISION_NUMBERS, ...V1_FEATURES], payload);
}

/**
 * Numbers that version 2 promises in the payload but that are something else here. Without a decision they may be null.
 */
export function notNumbersOfV2(payload: JsonObject): string[] {
  const named = notNumbersAmong(DECISION_NUMBERS, payload);
  return saysNoDecision(payload) ? named.filter((name) => payload[name] !== null) : named;
}

function notNumbersAmong(names: readonly string[], payload: JsonObject): string[] {
  return names.filter((name) => payload[name] !== undefined && typeof payload[name] !== "number");
}

function saysNoDecision({ no_decision_reason: reason }: JsonObject): boolean {
  return typeof reason === "string" && reason.trim() !== "";
}

/** Which members at the top level of a version 1 payload are numbers, and which are null. */
export function membersOfPayload(payload: JsonObject): PayloadMembers {
  const numbers: string[] = [];
  const nulls: string[] = [];
  for (const key in payload) {
    const value = payload[key];
    if (typeof value === "number") numbers.push(cut(key, 80));
    else if (value === null) nulls.push(cut(key, 80));
  }
  return { numbers, nulls };
}

function collect(value: Json, name: string, nulls: boolean, names: string[]): void {
  if (names.length >= NAMED) return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) names.push(cut(name, 80));
  } else if (typeof value === "string") {
    if (isNotFiniteText(value)) names.push(cut(name, 80));
  } else if (value === null) {
    if (nulls) names.push(cut(name, 80));
  } else if (typeof value === "object") {
    for (const [key, member] of Object.entries(value)) {
      // Names are only shown, so a name that is far too long to show is not built up level by level.
      collect(member, cut(`${name}.${key}`, 80), nulls, names);
    }
  }
}
