import { compareIds, idTime, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import { decodeEntry, type EventReader, type EventSource, type IdRange, type SourceItem } from "@qsc/stream-reader";
import {
  DuplicateFilter,
  FeatureCard,
  haveInCommon,
  TelemetryCard,
  type Occurrence,
} from "@qsc/violations";
import { readEarlier, type Earlier } from "./earlier.js";
import { IdWatch, mayShareIds } from "./id-watch.js";
import type { KnownDecisions } from "./known-decisions.js";
import { readNewest } from "./newest.js";
import type { PartCollection, Wanted } from "./part-collection.js";
import { readParts } from "./parts.js";
import type { Window } from "./window.js";

/** The cards of a range, made from its entries one at a time, or from those of its parts. */
export class Collection {
  readonly card: TelemetryCard;
  readonly features: FeatureCard | null;
  /** What other readers than the source have lost, a sentence each. */
  readonly gaps: readonly string[];
  readonly #decisions: DuplicateFilter;
  #known: KnownDecisions | null = null;
  readonly #ids: IdWatch | null;
  #newestId: EntryId | null = null;

  /**
   * @param ordering of the source: where IDs may repeat, they are watched
   * @param ofPart whether it is to be joined with others by `ofParts`
   */
  constructor(
    { policy, features, byLabel }: Wanted,
    ordering: EventReader["ordering"],
    ofPart = false,
    gaps: readonly string[] = [],
  ) {
    this.card = new TelemetryCard({ ...policy, byLabel });
    this.features = features === null ? null : new FeatureCard(features.manifest);
    this.gaps = gaps;
    this.#decisions = new DuplicateFilter(ofPart);
    this.#ids = ordering === "by-id" ? null : new IdWatch();
  }

  /**
   * What one reader of consecutive parts would have collected. Null where that cannot be told from the parts: a decision or an ID
   * may be in two of them, or in what came before them, or more kinds of something were met than are kept apart.
   */
  static ofParts(parts: readonly PartCollection[], wanted: Wanted, known: KnownDecisions | null = null): Collection | null {
    const earlier = known?.decisions() ?? null;
    if (earlier !== null && parts.some(({ decisions }) => haveInCommon(earlier, decisions))) return null;
    if (parts.some((earlier, at) => parts.slice(at + 1).some((later) => mayRepeat(earlier, later)))) return null;
    // It adds no entries of its own: there are no IDs to watch.
    const whole = new Collection(wanted, "by-id", false, gapsOfParts(parts));
    for (const { card, newestId } of parts) {
      whole.card.take(card);
      whole.#meet(newestId);
    }
    return whole.card.isApart ? whole : null;
  }

  /** All of it but the features, of a collection of a part. */
  part(gaps: readonly string[]): PartCollection {
    return { card: this.card.state(), newestId: this.#newestId, decisions: this.#decisions.decisions(), ids: this.#ids?.seen() ?? null, gaps };
  }

  /** The time of the newest entry of any kind, in milliseconds since 1970. */
  get newestMs(): number | null {
    return this.#newestId === null ? null : idTime(this.#newestId);
  }

  /** An entry as it is judged; nothing else of it is kept. */
  readonly read = (item: SourceItem): Intent | Rejection =>
    item.kind === "rejected" ? item : decodeEntry(item, { features: this.features !== null });

  add(read: Intent | Rejection): void {
    this.#meet(read.id);
    if (read.kind === "rejected") {
      this.card.reject(read);
      return;
    }
    if (this.#ids?.isConflict(read.id, read.decisionKey) === true) this.card.addIdConflict(read);
    const occurrence = this.#occurrence(read);
    if (occurrence !== "new") {
      this.card.addDuplicate(read, occurrence === "duplicate");
      this.features?.addRepeated(read);
      return;
    }
    this.card.add(read);
    this.features?.add(read);
  }

  /** From now on, an entry that repeats a decision of these is not a decision of this. */
  recall(known: KnownDecisions | null): void {
    this.#known = known;
  }

  #occurrence(intent: Intent): Occurrence {
    const occurrence = this.#decisions.see(intent.decisionKey, intent.contentKey);
    return occurrence === "new" && this.#known?.has(intent) === true ? "duplicate" : occurrence;
  }

  #meet(id: EntryId | null): void {
    if (id !== null && (this.#newestId === null || compareIds(id, this.#newestId) > 0)) this.#newestId = id;
  }

  /** Reads a range. */
  async fill(source: Pick<EventReader, "pages">, range: IdRange): Promise<this> {
    for await (const page of source.pages(range)) {
      for (const item of page) this.add(this.read(item));
    }
    return this;
  }
}

/** Whether one reader may have taken for repeated what the readers of two parts took for new. */
function mayRepeat(earlier: PartCollection, later: PartCollection): boolean {
  if (haveInCommon(earlier.decisions, later.decisions)) return true;
  return earlier.ids !== null && later.ids !== null && mayShareIds(earlier.ids, later.ids);
}

/** A window as it was read, and what came before the entries that are judged. */
export interface CollectedWindow {
  readonly collection: Collection;
  /** Null where all that there is is judged. */
  readonly earlier: Earlier | null;
  /** The newest of what came before the cutover; null where nothing did, or there is no cutover. */
  readonly before: Collection | null;
  /** Models that are expected although no judged entry may name them. */
  readonly expectedModels: readonly string[];
}

/**
 * Reads a window, in bounded memory unless a count asks for that many entries: once, by this thread, or in parts by several at once
 * where it is long. Where the parts cannot be joined to what one reader would have found, one reader reads it again.
 */
export async function collect(source: EventSource, window: Window, wanted: Wanted): Promise<CollectedWindow> {
  const { range, before, count } = window;
  const cutover = before?.to ?? null;
  if (count === null) {
    const earlier = await readEarlier(source, range.from, cutover);
    return collected(await collectAll(source, range, wanted, earlier), earlier, wanted);
  }
  const collection = new Collection(wanted, source.ordering);
  const unplaced = (item: SourceItem): void => {
    collection.add(collection.read(item));
  };
  const newest = await readNewest(source, range, count, collection.read, unplaced);
  const earlier = await readEarlier(source, newest.from ?? range.from, cutover);
  collection.recall(earlier?.known ?? null);
  for (const read of newest.entries) collection.add(read);
  return collected(collection, earlier, wanted);
}

async function collectAll(source: EventSource, range: IdRange, wanted: Wanted, earlier: Earlier | null): Promise<Collection> {
  const known = earlier?.known ?? null;
  const parts = wanted.features === null ? await readParts(source, range, wanted) : null;
  const joined = parts === null ? null : Collection.ofParts(parts, wanted, known);
  if (joined !== null) return joined;
  // Gaps found by the readers of parts stay gaps, even if a second reading finds none.
  const collection = new Collection(wanted, source.ordering, false, parts === null ? [] : gapsOfParts(parts));
  collection.recall(known);
  return collection.fill(source, range);
}

function collected(collection: Collection, earlier: Earlier | null, wanted: Wanted): CollectedWindow {
  const before = new Collection({ ...wanted, features: null }, "by-id");
  for (const read of earlier?.compared ?? []) before.add(read);
  const expectedModels = [...new Set([...before.card.modelNames(), ...(earlier?.models ?? [])])];
  return { collection, earlier, before: before.card.counts.judged === 0 ? null : before, expectedModels };
}

/** A gap that two readers of parts have seen is one. */
function gapsOfParts(parts: readonly PartCollection[]): readonly string[] {
  return [...new Set(parts.flatMap(({ gaps }) => gaps))];
}
