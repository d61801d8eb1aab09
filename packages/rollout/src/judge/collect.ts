import { compareIds, idTime, QscError, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import {
  readItem,
  shardOf,
  type EventReader,
  type EventSource,
  type IdRange,
  type SourceItem,
} from "@qsc/stream-reader";
import {
  asShadow,
  DuplicateFilter,
  FeatureCard,
  haveInCommon,
  limitOf,
  RecentDecisions,
  ShardTally,
  TelemetryCard,
  type Occurrence,
} from "@qsc/violations";
import { readEarlier, type Earlier } from "./earlier.js";
import { IdConflictDetector, mayShareIds } from "./id-conflicts.js";
import type { KnownDecisions } from "./known-decisions.js";
import { readNewest } from "./newest.js";
import type { PartCollection, Wanted } from "./part-collection.js";
import { readParts } from "./parts.js";
import type { Window } from "./window.js";

/** The cards of a range, built from its entries one at a time or from the cards of its parts. */
export class Collection {
  readonly card: TelemetryCard;
  readonly features: FeatureCard | null;
  /** The newest distinct decisions; null if they are not wanted. */
  readonly recent: RecentDecisions | null;
  /** The newest entries that repeat a decision; null if the newest decisions are not wanted. */
  readonly recentRepeats: RecentDecisions | null;
  /** When the decisions of each shard came; null if the stream has none. */
  readonly shards: ShardTally | null;
  /** What other readers than the source have lost, one sentence each. */
  readonly gaps: readonly string[];
  readonly #decisions: DuplicateFilter;
  #known: KnownDecisions | null = null;
  readonly #ids: IdConflictDetector | null;
  readonly #shadow: string | null;
  #newestId: EntryId | null = null;

  /**
   * @param ordering of the source: if it lets IDs repeat, they are checked for conflicts
   * @param ofPart whether `ofParts` will join this collection with others
   */
  constructor(
    { policy, features, byLabel, recent, shadow, sharded = false }: Wanted,
    ordering: EventReader["ordering"],
    ofPart = false,
    gaps: readonly string[] = [],
  ) {
    this.card = new TelemetryCard({ ...policy, byLabel });
    this.features = features === null ? null : new FeatureCard(features.manifest);
    this.recent = recent ? new RecentDecisions(policy) : null;
    this.recentRepeats = recent ? new RecentDecisions(policy) : null;
    this.shards = sharded ? new ShardTally(limitOf(policy, "telemetry_silence.maxAge")) : null;
    this.gaps = gaps;
    this.#shadow = shadow;
    this.#decisions = new DuplicateFilter(ofPart);
    this.#ids = ordering === "by-id" ? null : new IdConflictDetector();
  }

  /**
   * What one reader of consecutive parts would have collected. Null if the parts cannot answer that: a decision or an
   * ID may be in two of them, or in what came before them, or there were more kinds of something than are counted
   * separately.
   */
  static ofParts(
    parts: readonly PartCollection[],
    wanted: Wanted,
    known: KnownDecisions | null = null,
  ): Collection | null {
    const earlier = known?.decisions() ?? null;
    if (earlier !== null && parts.some(({ decisions }) => haveInCommon(earlier, decisions))) return null;
    if (parts.some((earlier, at) => parts.slice(at + 1).some((later) => mayRepeat(earlier, later)))) return null;
    // It adds no entries itself, so it has no IDs to check.
    const whole = new Collection(wanted, "by-id", false, gapsOfParts(parts));
    for (const { card, recent, recentRepeats, newestId, shards } of parts) {
      const isWhole = [
        [whole.shards, shards],
        [whole.recent, recent],
        [whole.recentRepeats, recentRepeats],
      ].every(([mine, given]) => (mine === null) === (given === null));
      if (!isWhole) throw new QscError("parts_unread", "A part of the range lacks something that was wanted of it.");
      whole.card.take(card);
      if (shards !== null) whole.shards?.take(shards);
      if (recent !== null) whole.recent?.take(recent);
      if (recentRepeats !== null) whole.recentRepeats?.take(recentRepeats);
      whole.#meet(newestId);
    }
    return whole.card.isApart ? whole : null;
  }

  /** Everything but the features, as the collection of a part. */
  part(gaps: readonly string[]): PartCollection {
    return {
      card: this.card.state(),
      recent: this.recent?.state() ?? null,
      recentRepeats: this.recentRepeats?.state() ?? null,
      newestId: this.#newestId,
      decisions: this.#decisions.decisions(),
      shards: this.shards?.state() ?? null,
      ids: this.#ids?.seen() ?? null,
      gaps,
    };
  }

  /** The time of the newest entry of any kind, in milliseconds since 1970. */
  get newestMs(): number | null {
    return this.#newestId === null ? null : idTime(this.#newestId);
  }

  /** Reads an entry, keeping only what is judged. */
  readonly read = (item: SourceItem): Intent | Rejection => readItem(item, { features: this.features !== null });

  add(read: Intent | Rejection): void {
    this.#meet(read.id);
    if (read.id !== null) this.shards?.meet(shardOf(read.id));
    if (read.kind === "rejected") this.card.reject(read);
    else this.#addIntent(this.#shadow === null ? read : asShadow(read, this.#shadow));
  }

  #addIntent(read: Intent): void {
    if (this.#ids?.isConflict(read.id, read.decisionKey) === true) this.card.addIdConflict(read);
    const occurrence = this.#occurrence(read);
    if (occurrence !== "new") {
      this.card.addDuplicate(read, occurrence === "duplicate");
      this.recentRepeats?.add(read);
      this.features?.addRepeated(read);
      return;
    }
    this.card.add(read);
    this.shards?.add(shardOf(read.id), idTime(read.id));
    this.recent?.add(read);
    this.features?.add(read);
  }

  /** From now on, an entry that repeats one of these decisions counts as a duplicate. */
  recall(known: KnownDecisions | null): void {
    this.#known = known;
  }

  #occurrence(intent: Intent): Occurrence {
    const occurrence = this.#decisions.see(intent.decisionKey, intent.contentKey);
    return occurrence === "new" ? (this.#known?.occurrence(intent) ?? "new") : occurrence;
  }

  #meet(id: EntryId | null): void {
    if (id !== null && (this.#newestId === null || compareIds(id, this.#newestId) > 0)) this.#newestId = id;
  }

  /** Reads a range. */
  async fill(source: Pick<EventReader, "pages">, range: IdRange): Promise<this> {
    for await (const page of source.pages(range)) this.addPage(page);
    return this;
  }

  addPage(page: readonly SourceItem[]): void {
    for (const item of page) this.add(this.read(item));
  }
}

/** Whether one reader might have seen a repetition where the readers of two parts saw something new. */
function mayRepeat(earlier: PartCollection, later: PartCollection): boolean {
  if (haveInCommon(earlier.decisions, later.decisions)) return true;
  return earlier.ids !== null && later.ids !== null && mayShareIds(earlier.ids, later.ids);
}

/** A window as it was read, and what came before the judged entries. */
export interface CollectedWindow {
  readonly collection: Collection;
  /** Null if the judged entries are all there is. */
  readonly earlier: Earlier | null;
  /** The newest entries from before the cutover; null if there are none, or no cutover. */
  readonly before: Collection | null;
  /** Models that are expected even if no judged entry names them. */
  readonly expectedModels: readonly string[];
}

/**
 * Reads a window, in bounded memory unless a count asks for more: in this thread, or, if the window is long, in parts
 * by several readers at once. If the parts cannot be joined into what one reader would have found, one reader reads the
 * window again.
 */
export async function collect(source: EventSource, window: Window, wanted: Wanted): Promise<CollectedWindow> {
  const { range, before, count } = window;
  const cutover = before?.to ?? null;
  if (count === null) {
    const earlier = await readEarlier(source, range.from, cutover);
    return collected(await collectAll(source, window, wanted, earlier), earlier, wanted);
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

async function collectAll(
  source: EventSource,
  { range, readers }: Pick<Window, "range" | "readers">,
  wanted: Wanted,
  earlier: Earlier | null,
): Promise<Collection> {
  const known = earlier?.known ?? null;
  const parts = wanted.features === null ? await readParts(source, range, wanted, readers) : null;
  const joined = parts === null ? null : Collection.ofParts(parts, wanted, known);
  if (joined !== null) return joined;
  // Gaps found by the readers of parts stay gaps, even if a second reading finds none.
  const collection = new Collection(wanted, source.ordering, false, parts === null ? [] : gapsOfParts(parts));
  collection.recall(known);
  return collection.fill(source, range);
}

function collected(collection: Collection, earlier: Earlier | null, wanted: Wanted): CollectedWindow {
  const before = new Collection({ ...wanted, features: null, recent: false, sharded: false }, "by-id");
  for (const read of earlier?.compared ?? []) before.add(read);
  const expectedModels = [...new Set([...before.card.modelNames(), ...(earlier?.models ?? [])])];
  return { collection, earlier, before: before.card.counts.judged === 0 ? null : before, expectedModels };
}

/** A gap that two readers of parts have seen counts once. */
function gapsOfParts(parts: readonly PartCollection[]): readonly string[] {
  return [...new Set(parts.flatMap(({ gaps }) => gaps))];
}
