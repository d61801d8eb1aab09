import type { EntryId, Intent, Rejection } from "@qsc/contract";
import { assertEntry } from "../ports/checked-item.js";
import { assertOptions, BOOLEAN, isPlainObject, type Table } from "../ports/options.js";
import type { RawEntry } from "../ports/source.js";
import { isQuick } from "../fast-path/quick-entry.js";
import { contentHash, Lanes, ListHash } from "./content-hash.js";
import { decisionKeyV1, decisionKeyV2 } from "./decision-key.js";
import { readEngine } from "./engine-identity.js";
import { readFeaturesAt } from "./features-at.js";
import { readFields, type EntryFields } from "./entry-fields.js";
import { metadataOf, readMetadata, readVectors } from "./features.js";
import { mayHideRefusal, mayHoldNonFinite, mayHoldNonNumber, parseJson } from "./json.js";
import { isObject, stringOrNull } from "./json-value.js";
import type { Json, JsonObject } from "./json-types.js";
import { readBreakdown } from "./model-reading.js";
import {
  membersOfPayload,
  notFiniteInFeatures,
  notFiniteInPayload,
  notNumbersOfV1,
  notNumbersOfV2,
} from "./not-finite.js";
import { DecodeError } from "./decode-error.js";

/** What of an entry is read. */
export interface DecodeOptions {
  /** Read the feature vectors too. This costs more than all the rest. */
  readonly features?: boolean;
}

const DECODE_OPTIONS: Table<DecodeOptions> = { features: BOOLEAN };

/**
 * Reads an entry according to the telemetry contract, version 1 or 2. An entry that cannot be read becomes a Rejection
 * with a reason. Nothing is dropped, replaced or guessed, and no entry from a source makes this throw.
 * @throws QscError `invalid_option` if an argument is not an entry or not an option.
 */
export function decodeEntry(entry: RawEntry, options?: DecodeOptions): Intent | Rejection {
  if (options !== undefined && !isFeaturesAlone(options)) assertOptions(options, DECODE_OPTIONS, "options");
  if (!isPlainObject(entry) || !isQuick(entry)) {
    assertEntry(entry);
    return decodeFully(entry, options);
  }
  if (options?.features === true) return decodeFully(entry, options);
  const known = entry.quick();
  if (known !== null) return known;
  const read = decodeFully(entry, options);
  if (read.kind === "intent") entry.learn(read);
  return read;
}

/**
 * True for the options that nearly every caller passes. A full check for each entry would take as long as reading a
 * known entry.
 */
function isFeaturesAlone(options: DecodeOptions): boolean {
  const features = (options as DecodeOptions | null)?.features;
  return (features === true || features === false) && Object.keys(options).length === 1;
}

/** Reads an entry field by field. Every shortcut must give the same result. */
function decodeFully(entry: RawEntry, options: DecodeOptions | undefined): Intent | Rejection {
  try {
    const fields = readFields(entry.fields);
    const payload = objectOf(parseJson(fields.payload, "payload"));
    const features = options?.features ?? false;
    return fields.contract === 1
      ? readVersion1(entry.id, fields, payload, features)
      : readVersion2(entry.id, fields, payload, features);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { reason, message: detail } = error;
    return { kind: "rejected", id: entry.id, place: entry.place, reason, detail };
  }
}

function readVersion1(id: EntryId, fields: EntryFields, payload: JsonObject, features: boolean): Intent {
  const breakdown = payload["model_breakdown"];
  const models = readBreakdown(breakdown, 1);
  const lanes = new Lanes();
  const content = new ListHash();
  content.begin(3);
  lanes.value(breakdown ?? null);
  content.take(lanes);
  const breakdownHash = lanes.text();
  const found = mayHoldNonFinite(fields.payload) ? notFiniteInPayload(payload) : [];
  const notFinite = [...new Set([...found, ...notNumbersOfV1(payload)])];
  for (const part of [metadataOf(payload), notFinite.toSorted()]) {
    lanes.value(part);
    content.take(lanes);
  }
  content.end(lanes);
  return {
    kind: "intent",
    id,
    contract: 1,
    symbol: stringOrNull(payload["symbol"]),
    decisionKey: decisionKeyV1(payload["symbol"], payload["timestamp"], breakdownHash, id),
    contentKey: lanes.text(),
    models,
    engine: null,
    featuresAtMs: null,
    features: features ? readMetadata(payload) : null,
    notFinite,
    members: membersOfPayload(payload),
  };
}

function readVersion2(id: EntryId, fields: EntryFields, payload: JsonObject, features: boolean): Intent {
  const decisionKey = decisionKeyV2(payload);
  const engine = readEngine(payload);
  const breakdown = readBreakdownField(fields.breakdown);
  const models = readBreakdown(breakdown, 2);
  const vectors = readFeaturesField(fields.features, features);
  const found = mayHoldNonFinite(fields.payload) ? notFiniteInPayload(payload) : [];
  const notFinite = [
    ...new Set([...found, ...notNumbersOfV2(payload)]),
    ...(vectors !== undefined && mayHoldNonNumber(fields.features ?? "") ? notFiniteInFeatures(vectors) : []),
  ];
  return {
    kind: "intent",
    id,
    contract: 2,
    symbol: stringOrNull(payload["symbol"]),
    decisionKey,
    contentKey: contentHash([
      breakdown ?? null,
      payload["weights"] ?? null,
      payload["canary"] ?? null,
      engine.build,
      engine.bootId,
      payload["features_at"] ?? null,
      // As text: most readers never parse them.
      fields.features,
      notFinite.toSorted(),
    ]),
    models,
    engine,
    featuresAtMs: readFeaturesAt(payload["features_at"]),
    features: features ? readVectors(vectors) : null,
    notFinite,
    members: null,
  };
}

function readBreakdownField(text: string | null): Json | undefined {
  return text === null || text === "" ? undefined : parseJson(text, "model_breakdown");
}

/** Parses the features if the caller asked for them, or if their text may contain something that must be refused. */
function readFeaturesField(text: string | null, asked: boolean): Json | undefined {
  if (text === null) return undefined;
  const parse = asked || mayHoldNonNumber(text) || mayHideRefusal(text);
  return parse ? parseJson(text, "features") : undefined;
}

function objectOf(value: Json): JsonObject {
  if (isObject(value)) return value;
  throw new DecodeError("not_an_object", "payload is JSON, but not an object");
}
