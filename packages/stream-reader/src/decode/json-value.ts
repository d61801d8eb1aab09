import type { InvalidValue } from "@qsc/contract";
import type { Json, JsonObject } from "./json-types.js";
import { cut, jsonText } from "./text.js";

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string, or null for anything else. */
export function stringOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** A value that should have been a number, as found. */
export function invalid(value: Json | undefined): InvalidValue {
  return { invalid: cut(jsonText(value)) };
}

/** The number as found, including NaN and infinities; anything else is invalid. */
export function numberOrInvalid(value: Json | undefined): number | InvalidValue {
  return typeof value === "number" ? value : invalid(value);
}
