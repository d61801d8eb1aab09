import { compareIds, MIN_ID, type EarlierEntries, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import { decodeEntry, type EventSource, type Gap, type IdRange } from "@qsc/stream-reader";
import { DUPLICATE_HORIZON } from "@qsc/violations";
import { KnownDecisions } from "./known-decisions.js";
import { Newest } from "./newest.js";

/** How many of the newest entries before the cutover are compared with those after it. */
const COMPARED_ENTRIES = 2000;
/** The most entries that are read from before those that are judged: more than an engine's stream keeps (200,000). */
const EARLIER_ENTRIES = 2 ** 18;

/** What a source has from before the entries that are judged. */
export interface Earlier {
  /** A decision among these that comes again is a repetition. */
  readonly known: KnownDecisions;
  /** The newest before the cutover, oldest first; empty without a cutover. Those without an ID come first. */
  readonly compared: readonly (Intent | Rejection)[];
  /** The models of what the count left out: of all of it after the cutover, else of the newest of it. */
  readonly models: readonly string[];
  readonly said: EarlierEntries;
  /** What was lost of these entries, as the source says it: nothing that is judged. */
  readonly gaps: readonly Gap[];
}

/** Losses of entries, as against those of a whole source: they concern the range alone that was read. */
const OF_ENTRIES: ReadonlySet<Gap["kind"]> = new Set(["trimmed", "deleted"]);

/**
 * Reads back what came before the entries that are judged, newest first, up to EARLIER_ENTRIES of a stream; a log is read whole,
 * and of its decisions the last DUPLICATE_HORIZON are known. What is missing of them harms no verdict; the document says it.
 * @param start where the judged entries begin
 * @param cutover the last ID before the cutover; null without one
 */
export async function readEarlier(source: EventSource, start: EntryId, cutover: EntryId | null): Promise<Earlier | null> {
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
  /** Models of the newest that the count left out, where there is no cutover. */
  readonly #leftOut = new Newest<readonly string[]>(COMPARED_ENTRIES);
  readonly #models = new Set<string>();
  #entries = 0;
  #firstId: EntryId | null = null;

  constructor(cutover: EntryId | null) {
    this.#cutover = cutover;
  }

  async fill(source: EventSource, range: IdRange): Promise<void> {
    for await (const page of source.pages(range, "newest-first", EARLIER_ENTRIES)) {
      for (const item of page) this.#add(item.kind === "rejected" ? item : decodeEntry(item));
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
    else if (read.kind === "intent") this.#leave(id, read.models.map(({ model }) => model));
  }

  #leave(id: EntryId, models: readonly string[]): void {
    if (this.#cutover === null) this.#leftOut.add(id, models);
    else for (const model of models) this.#models.add(model);
  }

  found(ordering: EventSource["ordering"], gaps: readonly Gap[]): Earlier {
    const leftOut = this.#leftOut.take().flatMap(({ read }) => read);
    const most = ordering === "by-id" ? EARLIER_ENTRIES : DUPLICATE_HORIZON;
    const rest = this.#entries < most ? [] : [`Only the newest ${most} of the entries before those that are judged are known.`];
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

/** The ID right before another, which is not the first there can be. */
function before(id: EntryId): EntryId {
  const [ms = "", seq = ""] = id.split("-");
  return seq === "0" ? `${BigInt(ms) - 1n}-${UINT64_MAX}` : (`${ms}-${BigInt(seq) - 1n}` as EntryId);
}

const UINT64_MAX = 2n ** 64n - 1n;
