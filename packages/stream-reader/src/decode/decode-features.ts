import { FEATURES_EVENT_TYPE, MAX_FEATURES, type FeatureObservation, type Rejection } from "@qsc/contract";
import { assertEntry } from "../ports/checked-item.js";
import { isPlainObject } from "../ports/options.js";
import type { RawEntry } from "../ports/source.js";
import { isQuick } from "../fast-path/quick-entry.js";
import { requiredText } from "./engine-identity.js";
import { assertFields, readPayload } from "./entry-fields.js";
import { vectorOf } from "./features.js";
import { isObject } from "./json-value.js";
import type { JsonObject } from "./json-types.js";
import { parseJson } from "./json.js";
import { DecodeError } from "./decode-error.js";
import { quoted } from "./text.js";

/** A symbol appears in log lines, metrics and reports. */
const HARMLESS = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,63}$/u;

/**
 * Reads a row of features: `event_type` = `market.features`, and a `payload` with `symbol` and `features`. NaN and
 * infinities are read as those numbers. A row that cannot be read becomes a Rejection with a reason; no entry from a
 * source makes this throw.
 * @throws QscError `invalid_option` if the argument is not an entry.
 */
export function decodeFeatures(entry: RawEntry): FeatureObservation | Rejection {
  if (!isPlainObject(entry) || !isQuick(entry)) assertEntry(entry);
  const { id, place } = entry;
  try {
    assertFields(entry.fields, FEATURES_EVENT_TYPE);
    const payload = parseJson(readPayload(entry.fields), "payload");
    if (!isObject(payload)) throw new DecodeError("not_an_object", "payload is JSON, but not an object");
    return { kind: "features", id, symbol: symbolOf(payload), values: vectorOf(featuresOf(payload)) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: "rejected", id, place, reason: error.reason, detail: error.message };
  }
}

function symbolOf(payload: JsonObject): string {
  const symbol = requiredText(payload, "symbol");
  if (HARMLESS.test(symbol)) return symbol;
  throw new DecodeError(
    "missing_field",
    `symbol is ${quoted(symbol)}; write 1 to 64 letters, digits or ._:/@+-, beginning with a letter or digit`,
  );
}

function featuresOf({ features }: JsonObject): JsonObject {
  if (features === undefined) throw new DecodeError("missing_field", "features is missing");
  if (!isObject(features)) throw new DecodeError("not_an_object", "features is not an object");
  const size = Object.keys(features).length;
  if (size <= MAX_FEATURES) return features;
  throw new DecodeError("too_large", `${size} features; at most ${MAX_FEATURES} are read`);
}
