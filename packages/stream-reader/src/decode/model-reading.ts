import { MAX_MODELS, SHADOW, type InvalidValue, type ModelReading } from "@qsc/contract";
import { invalid, isObject, numberOrInvalid, stringOrNull } from "./json-value.js";
import type { Json, JsonObject } from "./json-types.js";
import { assertModelName, isFallbackName } from "./model-name.js";
import { DecodeError } from "./decode-error.js";
import { cut, jsonText } from "./text.js";

const REASON = 80;
/** Members with which engines mark an answer as a silent fallback. */
const FALLBACK_MARKS = [
  "fallback",
  "is_fallback",
  "isFallback",
  "from_fallback",
  "used_fallback",
  "fallback_used",
  "fallback_reason",
] as const;
/** The members of an answer that are read. No other member changes the reading. */
export const READ_MEMBERS: ReadonlySet<string> = new Set([
  "action",
  "confidence",
  "model",
  "reason",
  "status",
  "inactive",
  "inactive_reason",
  "active",
  "shadow",
  "error",
  "latency_ms",
  "artifact_sha256",
  "triggered_by",
  "source",
  ...FALLBACK_MARKS,
]);
const SHA256 = /^(?:sha256:)?([\da-f]{64})$/i;

/**
 * What every model of a breakdown answered.
 * @throws DecodeError `no_breakdown` unless it is an object with at least one model; `too_many_models`,
 * `invalid_model_name`.
 */
export function readBreakdown(breakdown: Json | undefined, contract: 1 | 2): ModelReading[] {
  const names = breakdownOf(breakdown);
  const readings: ModelReading[] = [];
  for (const model of names) {
    assertModelName(model);
    readings.push(readModel(model, (breakdown as JsonObject)[model], contract, names));
  }
  return readings;
}

function breakdownOf(breakdown: Json | undefined): string[] {
  if (!isObject(breakdown)) {
    throw new DecodeError("no_breakdown", `model_breakdown is not an object: ${cut(jsonText(breakdown))}`);
  }
  const names = Object.keys(breakdown);
  if (names.length === 0) throw new DecodeError("no_breakdown", "model_breakdown is empty");
  if (names.length > MAX_MODELS) {
    throw new DecodeError("too_many_models", `${names.length} models; ${MAX_MODELS} are read`);
  }
  return names;
}

/**
 * What one model answered.
 * @param ensemble the names of all models of the breakdown
 */
export function readModel(
  model: string,
  entry: Json | undefined,
  contract: 1 | 2,
  ensemble: readonly string[],
): ModelReading {
  const answer = isObject(entry) ? entry : null;
  const marked = answer === null ? null : markedReason(answer, contract);
  const shadow = answer !== null && isShadow(answer) ? SHADOW : null;
  return {
    model,
    // Last, so that a shadow that did not predict says why.
    nonPrediction: marked ?? fallbackReason(model, answer, ensemble) ?? shadow,
    voted: marked === null && shadow === null,
    action: stringOrNull(answer?.["action"]),
    confidence: answer === null ? invalid(entry) : numberOrInvalid(answer["confidence"]),
    latencyMs: readLatency(answer?.["latency_ms"]),
    artifactSha256: readSha256(answer?.["artifact_sha256"]),
  };
}

/** Whether the engine says that it runs the model without a vote. */
function isShadow(entry: JsonObject): boolean {
  return entry["status"] === "shadow" || isYes(entry["shadow"]);
}

/** Why the engine itself marked the model as not predicting; null if it did not. */
function markedReason(entry: JsonObject, contract: 1 | 2): string | null {
  // Version 1 does not promise a status, but a status that is present counts. Python writes null for none.
  const status = contract === 1 || isShadow(entry) ? (entry["status"] ?? "active") : entry["status"];
  const reason = entry["inactive_reason"];
  if (status === "inactive" || isSet(entry["inactive"]) || isSet(reason) || isNo(entry["active"])) {
    return `inactive: ${isSet(reason) ? words(reason) : "no reason given"}`;
  }
  if (status !== "active" && status !== "shadow") return `inactive: unknown status ${words(status)}`;
  if (!isYesOrNone(entry["active"])) return `inactive: unknown value of active ${words(entry["active"])}`;
  if (isSet(entry["shadow"]) && !isYes(entry["shadow"]))
    return `inactive: unknown value of shadow ${words(entry["shadow"])}`;
  return isSet(entry["error"]) ? `error: ${words(entry["error"])}` : null;
}

/** What shows that the answer is a silent fallback; null if nothing does. */
function fallbackReason(model: string, answer: JsonObject | null, ensemble: readonly string[]): string | null {
  const said = answer?.["model"];
  if (said !== undefined && said !== null && typeof said !== "string") return "fallback: model name is not a string";
  if (FALLBACK_MARKS.some((mark) => isSet(answer?.[mark]) && !isNo(answer?.[mark])))
    return "fallback: marked as a fallback";
  if (typeof said === "string" && said !== model && ensemble.includes(said))
    return `fallback: the answer of ${words(said)}`;
  const reasons = [answer?.["reason"], answer?.["triggered_by"], answer?.["source"]].map(textOfReason);
  const telling = [said, model, ...reasons].find((text) => text !== null && text !== undefined && isFallbackName(text));
  return telling === undefined ? null : `fallback: ${words(telling)}`;
}

/** A reason as text, even if it is not a text. */
function textOfReason(reason: Json | undefined): string | null {
  if (reason === undefined || reason === null) return null;
  return typeof reason === "string" ? reason : jsonText(reason);
}

/** A mark is set unless it is absent or clearly says no. The text "false" is a text, so it counts as set. */
function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== "";
}

/** Whether a mark that should say yes says no, in any form Python may write. */
function isNo(value: Json | undefined): boolean {
  return value === false || value === 0 || (typeof value === "string" && value.toLowerCase() === "false");
}

/** Whether a mark that should say yes does, or is absent. Any other value does not say that the model is active. */
function isYesOrNone(value: Json | undefined): boolean {
  return isYes(value) || value === undefined || value === null;
}

/** Whether a mark says yes, in any form Python may write. */
function isYes(value: Json | undefined): boolean {
  return value === true || value === 1 || (typeof value === "string" && value.toLowerCase() === "true");
}

function words(value: Json | undefined): string {
  return cut(typeof value === "string" ? value : jsonText(value), REASON);
}

/** A latency as found; null if there is none. */
export function readLatency(value: Json | undefined): number | InvalidValue | null {
  if (value === undefined || value === null) return null;
  return typeof value === "number" && value >= 0 && value < Infinity ? value : invalid(value);
}

/** A hash in one form, whichever of the two it was written in; null if there is none. */
function readSha256(value: Json | undefined): string | InvalidValue | null {
  if (value === undefined || value === null) return null;
  const [, digits] = (typeof value === "string" ? SHA256.exec(value) : null) ?? [];
  return digits?.toLowerCase() ?? invalid(value);
}
