import { MAX_MODELS, V1_FEATURES, type FeatureVector, type InvalidValue } from "@qsc/contract";
import { isObject, numberOrInvalid } from "./json-value.js";
import type { Json, JsonObject } from "./json-types.js";
import { assertModelName } from "./model-name.js";
import { DecodeError } from "./decode-error.js";

type Values = Map<string, number | InvalidValue>;

/** Numbers at the top level of a version 1 payload that describe the decision, not the market. */
const NO_FEATURE = new Set(["confidence", "timestamp", "consensus_count", "total_models"]);
const PROMISED: ReadonlySet<string> = new Set(V1_FEATURES);

/** Version 1: the members at the top level that are judged as features or that describe the decision in numbers. */
export function metadataOf(payload: JsonObject): JsonObject {
  const metadata = Object.create(null) as Record<string, Json>;
  for (const name of Object.keys(payload)) {
    const value = payload[name] ?? null;
    if (isMetadata(name, typeof value === "number")) metadata[name] = value;
  }
  return metadata;
}

/** Whether a member at the top level of a version 1 payload is metadata. */
export function isMetadata(name: string, isNumber: boolean): boolean {
  return isNumber || PROMISED.has(name);
}

/** Version 1: the numeric metadata, and the members that the contract promises, whatever their value. */
export function readMetadata(payload: JsonObject): FeatureVector[] {
  const values: Values = new Map();
  for (const name of Object.keys(payload)) {
    const value = payload[name];
    if (PROMISED.has(name) || (typeof value === "number" && !NO_FEATURE.has(name))) {
      values.set(name, numberOrInvalid(value));
    }
  }
  return [{ model: null, values }];
}

/**
 * Version 2: one vector for all models, or one per model. Empty if the entry has no features.
 * @throws DecodeError `not_an_object`, `too_many_models`, `invalid_model_name`.
 */
export function readVectors(features: Json | undefined): FeatureVector[] {
  if (features === undefined) return [];
  if (!isObject(features)) throw new DecodeError("not_an_object", "features is not an object");
  if (!isPerModel(features)) return [{ model: null, values: vectorOf(features) }];
  const models = Object.keys(features);
  if (models.length > MAX_MODELS) {
    throw new DecodeError("too_many_models", `${models.length} vectors; ${MAX_MODELS} are read`);
  }
  return models.map((model) => {
    assertModelName(model);
    return { model, values: vectorOf(features[model] as JsonObject) };
  });
}

/** Whether every member is itself a vector. */
function isPerModel(features: JsonObject): boolean {
  const members = Object.values(features);
  return members.length > 0 && members.every((member) => isObject(member));
}

/** The members of an object as a vector. */
export function vectorOf(object: JsonObject): Values {
  const values: Values = new Map();
  for (const name of Object.keys(object)) values.set(name, numberOrInvalid(object[name]));
  return values;
}
