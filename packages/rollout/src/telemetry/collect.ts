import { compareIds, idTime, type EntryId, type Intent, type Policy, type Rejection } from "@qsc/contract";
import { decodeEntry, type EventSource, type IdRange, type SourceItem } from "@qsc/stream-reader";
import { DuplicateFilter, FeatureCard, TelemetryCard, type FeatureManifest } from "@qsc/violations";
import { readNewest } from "./newest.js";
import type { Window } from "./window.js";

/** What is to be taken from the telemetry. */
export interface Wanted {
  readonly policy: Policy;
  /** Null where features are not judged; a manifest is used where there is one. */
  readonly features: { readonly manifest: FeatureManifest | null } | null;
  /** Whether confidences are kept by label as well, which only a diagnosis looks at. */
  readonly byLabel: boolean;
}

/** The cards of a range, made from its entries one at a time. */
export class Collection {
  readonly card: TelemetryCard;
  readonly features: FeatureCard | null;
  readonly #decisions = new DuplicateFilter();
  readonly #ids: DuplicateFilter | null;
  #newestId: EntryId | null = null;

  /** @param ordering of the source: where IDs may repeat, they are watched */
  constructor({ policy, features, byLabel }: Wanted, ordering: EventSource["ordering"]) {
    this.card = new TelemetryCard({ ...policy, byLabel });
    this.features = features === null ? null : new FeatureCard(features.manifest);
    this.#ids = ordering === "by-id" ? null : new DuplicateFilter();
  }

  /** The time of the newest entry of any kind, in milliseconds since 1970. */
  get newestMs(): number | null {
    return this.#newestId === null ? null : idTime(this.#newestId);
  }

  /** An entry as it is judged; nothing else of it is kept. */
  readonly read = (item: SourceItem): Intent | Rejection =>
    item.kind === "rejected" ? item : decodeEntry(item, { features: this.features !== null });

  add(read: Intent | Rejection): void {
    if (read.id !== null && (this.#newestId === null || compareIds(read.id, this.#newestId) > 0)) {
      this.#newestId = read.id;
    }
    if (read.kind === "rejected") {
      this.card.reject(read);
      return;
    }
    if (this.#ids?.see(read.id, read.decisionKey) === "conflict") this.card.addIdConflict(read);
    const occurrence = this.#decisions.see(read.decisionKey, read.contentKey);
    if (occurrence !== "new") {
      this.card.addDuplicate(read, occurrence === "duplicate");
      return;
    }
    this.card.add(read);
    this.features?.add(read);
  }

  /** Reads a range: all of it, or the newest `count` entries. */
  async fill(source: EventSource, range: IdRange, count: number | null): Promise<this> {
    if (count === null) {
      for await (const page of source.pages(range)) {
        for (const item of page) this.add(this.read(item));
      }
      return this;
    }
    const unplaced = (item: SourceItem): void => {
      this.add(this.read(item));
    };
    for (const read of await readNewest(source, range, count, this.read, unplaced)) this.add(read);
    return this;
  }
}

/** Reads a window once, in bounded memory unless a count asks for that many entries. */
export function collect(source: EventSource, window: Window, wanted: Wanted): Promise<Collection> {
  return new Collection(wanted, source.ordering).fill(source, window.range, window.count);
}

/** So many of the newest entries before the cutover are compared with those after it. */
const BEFORE_EVENTS = 2000;

/** What came before the cutover, or null where nothing did or there is no cutover. */
export async function collectBefore(
  source: EventSource,
  { before }: Window,
  wanted: Wanted,
): Promise<TelemetryCard | null> {
  if (before === null) return null;
  const collection = new Collection(wanted, source.ordering);
  const { card } = await collection.fill(source, before, BEFORE_EVENTS);
  return card.counts.judged === 0 ? null : card;
}
