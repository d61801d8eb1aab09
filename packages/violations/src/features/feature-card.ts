/* eslint max-lines: off --
 * One class. Adding and merging handle the same fields and are kept side by
 * side, so that neither forgets a field.
 */

import {
  invalidOption,
  isNotFiniteText,
  rules,
  SHADOW,
  type EntryId,
  type FeatureVector,
  type Intent,
  type InvalidValue,
} from "@qsc/contract";
import { MAX_MAGNITUDE, Moments } from "@qsc/stats";
import { KindCounter } from "../cards/kind-counter.js";
import { manifestsRule } from "../given/manifest.js";
import { requireIntent } from "../given/reading.js";
import { manifestOf, readersOf, type FeatureManifests } from "./manifests.js";
import { NewestVectors } from "./newest-vectors.js";

/** The newest events of which a warning says how far their vectors are alike. */
const NEWEST_VECTORS = 50;
/** The newest events in which a vector that never changes is a stuck feed beyond doubt. */
export const FROZEN_VECTORS = 200;
const MAX_FEATURES = 4096;

/** What is known about one feature of one vector. */
export interface FeatureTally {
  readonly model: string | null;
  readonly feature: string;
  readonly moments: Moments;
  /** Vectors that have the feature, whatever its value. */
  present: number;
  readonly notFinite: KindCounter;
  readonly invalid: KindCounter;
  /** Counts over the bins of the reference; empty without one. */
  readonly bins: number[];
}

/**
 * The statistics of the feature vectors in a range of telemetry, for the whole ensemble (model null) or model by
 * model. Grows with the number of features, not of events. Mergeable. Statistics cover distinct decisions; the
 * vectors of repeated entries are kept separately: `withRepeats`.
 */
export class FeatureCard {
  /** Vectors, by model. */
  readonly vectors: Map<string | null, number> = new Map();
  readonly tallies: Map<string, FeatureTally> = new Map();
  /** Vectors whose dimension differs from the manifest's. */
  readonly otherDimension: KindCounter = new KindCounter();
  /** Events without any vector. */
  readonly without: KindCounter = new KindCounter();
  /** Models that answered, with a vote or as a shadow, without a vector while others had one. */
  readonly unfed: KindCounter = new KindCounter();
  #events = 0;
  readonly #manifest: FeatureManifests;
  readonly #newest = new NewestVectors(NEWEST_VECTORS, (value) => value.toFixed(4));
  readonly #frozen = new NewestVectors(FROZEN_VECTORS, String);
  #repeats: FeatureCard | null = null;

  /** @throws QscError `invalid_option` when it is not a manifest, or a map of manifests */
  constructor(manifest: FeatureManifests = null) {
    rules.nullable(manifestsRule)(manifest, "manifest");
    this.#manifest = manifest;
  }

  /** Distinct decisions that were added. */
  get events(): number {
    return this.#events;
  }

  /** Adds the vectors of one event, as read with features. */
  add(intent: Pick<Intent, "id" | "features" | "models">): void {
    requireIntent(intent);
    requireVectors(intent.features);
    const { id, features, models } = intent;
    const vectors = (features ?? []).filter(({ values }) => values.size > 0);
    this.#events += 1;
    if (vectors.length === 0) {
      this.without.add("no features", id);
      return;
    }
    for (const { model, values } of vectors) {
      for (const reader of readersOf(this.#manifest, model)) this.#addVector(id, { model: reader, values });
    }
    if (vectors.every(({ model }) => model !== null)) {
      const fed = new Set(vectors.map(({ model }) => model));
      const answers = models.filter(({ nonPrediction }) => nonPrediction === null || nonPrediction === SHADOW);
      const blind = answers.filter(({ model }) => !fed.has(model));
      for (const { model } of blind) this.unfed.add(`no vector of ${model}`, id);
    }
    this.#newest.add(id, vectors);
    this.#frozen.add(id, vectors);
  }

  /** Adds the vectors of an entry that repeats a decision. */
  addRepeated(intent: Pick<Intent, "id" | "features" | "models">): void {
    this.#repeated().add(intent);
  }

  /** Adds the card of another part of the same stream. */
  merge(other: FeatureCard): void {
    rules.instanceOf(FeatureCard)(other, "other");
    this.#mergeDistinct(other);
    if (other.#repeats !== null) this.#repeated().merge(other.#repeats);
  }

  /** The card of all entries, repetitions included; this card when there are none. */
  withRepeats(): FeatureCard {
    if (this.#repeats === null) return this;
    const all = new FeatureCard(this.#manifest);
    all.#mergeDistinct(this);
    all.#mergeDistinct(this.#repeats);
    return all;
  }

  #repeated(): FeatureCard {
    this.#repeats ??= new FeatureCard(this.#manifest);
    return this.#repeats;
  }

  #mergeDistinct(other: FeatureCard): void {
    this.#events += other.#events;
    this.otherDimension.merge(other.otherDimension);
    this.without.merge(other.without);
    this.unfed.merge(other.unfed);
    for (const [model, count] of other.vectors) {
      this.vectors.set(model, (this.vectors.get(model) ?? 0) + count);
    }
    for (const theirs of other.tallies.values()) {
      const ours = this.#tally(theirs.model, theirs.feature);
      ours.moments.merge(theirs.moments);
      ours.present += theirs.present;
      ours.notFinite.merge(theirs.notFinite);
      ours.invalid.merge(theirs.invalid);
      theirs.bins.forEach((count, bin) => (ours.bins[bin] = (ours.bins[bin] ?? 0) + count));
    }
    this.#newest.merge(other.#newest);
    this.#frozen.merge(other.#frozen);
  }

  /** The largest share of the newest 50 vectors of any model that are equal to 4 decimals; null with fewer than 50. */
  repeatedShare(): number | null {
    return this.repeated()?.share ?? null;
  }

  /**
   * The largest share of the newest 50 events in which one model's vector (null: the shared one) is the same to 4
   * decimals, and the model; null with fewer than 50 events.
   */
  repeated(): { readonly share: number; readonly model: string | null } | null {
    return this.#newest.repeated();
  }

  /** The model (null: all that share one) whose vector was exactly the same in the newest 200 events; null if none. */
  frozen(): { readonly model: string | null } | null {
    const repeated = this.#frozen.repeated();
    return repeated?.share === 1 ? { model: repeated.model } : null;
  }

  #addVector(id: EntryId, { model, values }: FeatureVector): void {
    this.vectors.set(model, (this.vectors.get(model) ?? 0) + 1);
    const dimension = manifestOf(this.#manifest, model)?.features.length;
    if (dimension !== undefined && values.size !== dimension) {
      this.otherDimension.add(
        `${values.size} features${model === null ? "" : ` of ${model}`} instead of ${dimension}`,
        id,
      );
    }
    for (const [feature, value] of values) {
      if (this.tallies.size < MAX_FEATURES || this.tallies.has(keyOf(model, feature))) {
        this.#addValue(this.#tally(model, feature), value, id);
      } else {
        this.otherDimension.add(`more than ${MAX_FEATURES} features`, id);
      }
    }
  }

  #addValue(tally: FeatureTally, value: number | InvalidValue, id: EntryId): void {
    tally.present += 1;
    if (typeof value !== "number") (isLost(value) ? tally.notFinite : tally.invalid).add(value.invalid, id);
    else if (!(Math.abs(value) <= MAX_MAGNITUDE)) tally.notFinite.add(String(value), id);
    else {
      tally.moments.add(value);
      const edges = manifestOf(this.#manifest, tally.model)?.reference.get(tally.feature)?.edges;
      if (edges !== undefined) {
        const bin = binOf(edges, value);
        tally.bins[bin] = (tally.bins[bin] ?? 0) + 1;
      }
    }
  }

  #tally(model: string | null, feature: string): FeatureTally {
    const key = keyOf(model, feature);
    let tally = this.tallies.get(key);
    if (tally === undefined) {
      const edges = manifestOf(this.#manifest, model)?.reference.get(feature)?.edges;
      tally = {
        model,
        feature,
        moments: new Moments(),
        present: 0,
        notFinite: new KindCounter(),
        invalid: new KindCounter(),
        bins: edges === undefined ? [] : Array.from({ length: edges.length + 1 }, () => 0),
      };
      this.tallies.set(key, tally);
    }
    return tally;
  }
}

/** Refuses anything but a list of vectors: each value is a number, or says what was found in its place. */
function requireVectors(features: Intent["features"]): void {
  if (features === null) return;
  if (!Array.isArray(features)) throw invalidOption("intent.features", features, "a list, or null");
  for (const [index, vector] of features.entries()) {
    const { model, values } = (vector ?? {}) as Partial<Record<keyof FeatureVector, unknown>>;
    const name = `intent.features[${index}]`;
    if (model !== null && typeof model !== "string") throw invalidOption(`${name}.model`, model, "a text, or null");
    if (!(values instanceof Map)) throw invalidOption(`${name}.values`, values, "a Map");
    for (const [feature, value] of values as Map<unknown, unknown>) {
      if (typeof feature !== "string") throw invalidOption(`a name in ${name}`, feature, "a text");
      if (typeof value !== "number" && typeof (value as Partial<InvalidValue> | null)?.invalid !== "string") {
        throw invalidOption(`${name}.values.get("${feature}")`, value, "a number, or {invalid: text}");
      }
    }
  }
}

/** Whether a writer turned a number that is not finite into this: null, or its text. The value is JSON. */
function isLost({ invalid }: InvalidValue): boolean {
  return invalid === "null" || (invalid.startsWith('"') && isNotFiniteText(invalid.slice(1, -1)));
}

function keyOf(model: string | null, feature: string): string {
  return JSON.stringify([model, feature]);
}

/** Bin i contains edges[i-1] <= value < edges[i]. */
function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < (edges[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}
