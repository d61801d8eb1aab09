import { MAX_MODELS, type EngineIdentity } from "@qsc/contract";
import { isObject } from "./json-value.js";
import type { Json, JsonObject } from "./json-types.js";
import { assertModelName } from "./model-name.js";
import { DecodeError } from "./decode-error.js";
import { cut, jsonText } from "./text.js";

/** The longest text that is kept from an entry, in characters. */
const LONGEST = 200;

/**
 * What a version 2 payload says about the process that wrote it.
 * @throws DecodeError `missing_field`, naming the field; `too_many_models`, `invalid_model_name`.
 */
export function readEngine(payload: JsonObject): EngineIdentity {
  return {
    build: requiredText(payload, "build"),
    bootId: requiredText(payload, "boot_id"),
    weights: readWeights(payload["weights"]),
    canary: readCanary(payload["canary"]),
  };
}

/** @throws DecodeError `missing_field` unless the member is a non-empty text of at most 200 characters. */
export function requiredText(payload: JsonObject, name: string): string {
  const value = payload[name];
  if (typeof value !== "string" || value === "") {
    throw missing(name, value, "a non-empty text");
  }
  if (value.length <= LONGEST) return value;
  throw new DecodeError("missing_field", `${name} is ${value.length} characters long; at most ${LONGEST} are read`);
}

function readWeights(value: Json | undefined): ReadonlyMap<string, number> {
  if (!isObject(value)) throw missing("weights", value, "an object of numbers");
  const models = Object.keys(value);
  if (models.length === 0) throw missing("weights", value, "the weight of at least one model");
  if (models.length > MAX_MODELS) {
    throw new DecodeError("too_many_models", `${models.length} weights; ${MAX_MODELS} are read`);
  }
  const weights = new Map<string, number>();
  for (const model of models) {
    assertModelName(model);
    weights.set(model, readWeight(`weights.${model}`, value[model]));
  }
  return weights;
}

function readCanary(value: Json | undefined): EngineIdentity["canary"] {
  if (value === null) return null;
  if (!isObject(value)) throw missing("canary", value, "null or a model and its weight");
  const model = requiredText({ "canary.model": value["model"] ?? null }, "canary.model");
  assertModelName(model);
  return { model, weight: readWeight("canary.weight", value["weight"]) };
}

function readWeight(name: string, value: Json | undefined): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return value;
  throw missing(name, value, "a finite number, 0 or more");
}

function missing(name: string, value: Json | undefined, wanted: string): DecodeError {
  return new DecodeError("missing_field", `${cut(name)} is ${cut(jsonText(value))}, not ${wanted}`);
}
