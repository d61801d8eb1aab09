import { compareIds, MIN_ID, type EarlierEntries, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import { readItem, type EventSource, type Gap, type IdRange } from "@qsc/stream-reader";
import { DUPLICATE_HORIZON } from "@qsc/violations";
import { KnownDecisions } from "./known-decisions.js";
import { Newest } from "./newest.js";

/** The number of newest entries before the cutover that later ones are compared with. */
const COMPARED_ENTRIES = 2000;
/** The most entries that are read from before the judged ones: more than an engine's stream keeps (200,000). */
const EARLIER_ENTRIES = 2 ** 18;

/** What a source has from before the judged entries. */
export interface Earlier {
  /** A judged entry that repeats one of these decisions is a duplicate. */
  readonly known: KnownDecisions;
  /** The newest before the cutover, oldest first; empty without a cutover. Those without an ID come first. */
  readonly compared: readonly (Intent | Rejection)[];
  /** The models of entries that the count left out: of all entries after the cutover or, without one, of the newest. */
  readonly models: readonly string[];
  readonly said: EarlierEntries;
  /** Losses among these entries, as the source reports them. They do not affect the judged entries. */
  readonly gaps: readonly Gap[];
}

/** Losses of entries, which concern only the range that was read; other losses concern the whole source. */
const OF_ENTRIES: ReadonlySet<Gap["kind"]> = new Set(["trimmed", "deleted"]);

/**
 * Reads what came before the judged entries, newest first: of a stream up to EARLIER_ENTRIES; a log is read whole, and
 * its last DUPLICATE_HORIZON decisions are remembered. Missing entries do not harm the verdict; the document mentions
 * them.
 * @param start where the judged entries begin
 * @param cutover the last ID before the cutover; null without one
 */
export async function readEarlier(
  source: EventSource,
  start: EntryId,
  cutover: EntryId | null,
): Promise<Earlier | null> {
  if (start === MIN_ID) return null;
  const range = { from: MIN_ID, to: before(start) };
  const alreadyLost = new Set(source.gaps().map(({ detail }) => detail));
  const reading = new EarlierReading(cutover);
  await reading.fill(source, range);
  const gaps = source.gaps().filter(({ kind, detail }) => OF_ENTRIES.has(kind) && !alreadyLost.has(detail));
  return reading.found(source.ordering, gaps);
}

class EarlierReading {
  readonly #cutover: EntryId | null;
  readonly #known = new KnownDecisions();
  readonly #compared = new Newest<Intent | Rejection>(COMPARED_ENTRIES);
  readonly #unplaced: Rejection[] = [];
  /** The models of the newest entries that the count left out, if there is no cutover. */
  readonly #leftOut = new Newest<readonly string[]>(COMPARED_ENTRIES);
  readonly #models = new Set<string>();
  #entries = 0;
  #firstId: EntryId | null = null;

  constructor(cutover: EntryId | null) {
    this.#cutover = cutover;
  }

  async fill(source: EventSource, range: IdRange): Promise<void> {
    for await (const page of source.pages(range, "newest-first", EARLIER_ENTRIES)) {
      for (const item of page) this.#add(readItem(item));
      if (source.ordering === "by-id" && this.#entries >= EARLIER_ENTRIES) break;
    }
  }

  #add(read: Intent | Rejection): void {
    const { id } = read;
    if (id === null) {
      if (this.#unplaced.length < COMPARED_ENTRIES) this.#unplaced.push(read);
      return;
    }
    this.#entries += 1;
    if (this.#firstId === null || compareIds(id, this.#firstId) < 0) this.#firstId = id;
    if (read.kind === "intent") this.#known.add(read);
    if (this.#cutover !== null && compareIds(id, this.#cutover) <= 0) this.#compared.add(id, read);
    else if (read.kind === "intent")
      this.#leave(
        id,
        read.models.map(({ model }) => model),
      );
  }

  #leave(id: EntryId, models: readonly string[]): void {
    if (this.#cutover === null) this.#leftOut.add(id, models);
    else for (const model of models) this.#models.add(model);
  }

  found(ordering: EventSource["ordering"], gaps: readonly Gap[]): Earlier {
    const leftOut = this.#leftOut.take().flatMap(({ read }) => read);
    const most = ordering === "by-id" ? EARLIER_ENTRIES : DUPLICATE_HORIZON;
    const rest =
      this.#entries < most ? [] : [`Only the newest ${most} of the entries before the judged ones were read.`];
    const compared = this.#compared.take().map(({ read }) => read);
    return {
      known: this.#known,
      compared: this.#cutover === null ? [] : [...this.#unplaced, ...compared],
      models: [...new Set([...this.#models, ...leftOut])],
      said: { entries: this.#entries, firstId: this.#firstId, missing: [...gaps.map(({ detail }) => detail), ...rest] },
      gaps,
    };
  }
}

/** The ID right before another one, which must not be the first possible ID. */
function before(id: EntryId): EntryId {
  const [ms = "", seq = ""] = id.split("-");
  return seq === "0" ? `${BigInt(ms) - 1n}-${UINT64_MAX}` : (`${ms}-${BigInt(seq) - 1n}` as EntryId);
}

const UINT64_MAX = 2n ** 64n - 1n;
