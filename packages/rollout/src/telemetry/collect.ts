import { compareIds, idTime, type EntryId, type Policy } from "@qsc/contract";
import { decodeEntry, type EventSource, type SourceItem } from "@qsc/stream-reader";
import { DuplicateFilter, FeatureCard, TelemetryCard, type FeatureManifest } from "@qsc/violations";
import { readNewest } from "./newest.js";
import type { Window } from "./window.js";

/** What is to be taken from the telemetry. */
export interface Wanted {
  readonly policy: Policy;
  /** Null where features are not judged; a manifest is used where there is one. */
  readonly features: { readonly manifest: FeatureManifest | null } | null;
}

/** The cards of a range, made from its entries one at a time. */
export class Collection {
  readonly card: TelemetryCard;
  readonly features: FeatureCard | null;
  readonly #duplicates = new DuplicateFilter();
  #newestId: EntryId | null = null;

  constructor({ policy, features }: Wanted) {
    this.card = new TelemetryCard({ labels: policy.labels, confidence: policy.confidence });
    this.features = features === null ? null : new FeatureCard(features.manifest);
  }

  /** The time of the newest entry of any kind, in milliseconds since 1970. */
  get newestMs(): number | null {
    return this.#newestId === null ? null : idTime(this.#newestId);
  }

  add(item: SourceItem): void {
    if (item.id !== null && (this.#newestId === null || compareIds(item.id, this.#newestId) > 0)) {
      this.#newestId = item.id;
    }
    const read = item.kind === "rejected" ? item : decodeEntry(item, { features: this.features !== null });
    if (read.kind === "rejected") {
      this.card.reject(read);
      return;
    }
    const occurrence = this.#duplicates.see(read.decisionKey, read.contentKey);
    if (occurrence !== "new") {
      this.card.addDuplicate(read, occurrence === "duplicate");
      return;
    }
    this.card.add(read);
    this.features?.add(read.id, read.features ?? []);
  }
}

/** Reads a window once, in bounded memory unless a count asks for that many entries. */
export async function collect(source: EventSource, window: Window, wanted: Wanted): Promise<Collection> {
  const collection = new Collection(wanted);
  if (window.count !== null) {
    for (const item of await readNewest(source, window.range, window.count)) collection.add(item);
    return collection;
  }
  for await (const page of source.pages(window.range)) {
    for (const item of page) collection.add(item);
  }
  return collection;
}

/** So many of the newest entries before the cutover are compared with those after it. */
export const BEFORE_EVENTS = 2000;

/** What came before the cutover, or null where nothing did or there is no cutover. */
export async function collectBefore(
  source: EventSource,
  { before }: Window,
  policy: Policy,
): Promise<TelemetryCard | null> {
  if (before === null) return null;
  const collection = new Collection({ policy, features: null });
  for (const item of await readNewest(source, before, BEFORE_EVENTS)) collection.add(item);
  return collection.card.counts.judged === 0 ? null : collection.card;
}
