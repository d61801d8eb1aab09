import { compareIds, nextId, type EntryId } from "@qsc/contract";
import type { RedisConnection } from "../connection.js";
import type { GivenIds } from "./given-ids.js";
import { readRange } from "./read-range.js";
import type { StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/**
 * Counts the entries that a follower never gives: written after its stream was set back, with IDs not later than the
 * last one it gave. The gap of the set-back says how many there are.
 */
export class NeverGiven {
  readonly #watch: StreamWatch;
  readonly #setBack: string;
  readonly #given: GivenIds;
  readonly #known: ReadonlySet<EntryId>;
  readonly #cursor: EntryId;
  /** The ID up to which they are counted. */
  #counted: EntryId;
  #count = 0;

  /**
   * @param start where following began
   * @param info the stream when it was first seen set back
   */
  constructor({
    watch,
    given,
    start,
    cursor,
    info,
  }: {
    readonly watch: StreamWatch;
    readonly given: GivenIds;
    readonly start: EntryId;
    readonly cursor: EntryId;
    readonly info: StreamInfo;
  }) {
    this.#watch = watch;
    this.#setBack = watch.setBack;
    this.#given = given;
    this.#known = given.all();
    this.#cursor = cursor;
    // If the IDs given out are not remembered, old and new entries in the stream cannot be distinguished.
    this.#counted = given.isEmpty ? later(start, info.lastGeneratedId) : (given.oldest ?? start);
    this.#say();
  }

  /**
   * Counts what has arrived since. False once the stream has grown past the last entry given: then there can be no
   * more.
   */
  async isCounting(connection: RedisConnection, info: StreamInfo): Promise<boolean> {
    const { lastGeneratedId } = info;
    const to = compareIds(lastGeneratedId, this.#cursor) < 0 ? lastGeneratedId : this.#cursor;
    if (compareIds(to, this.#counted) > 0) {
      const range = { from: nextId(this.#counted), to };
      for await (const page of readRange(connection, range, "oldest-first", info, () => undefined)) {
        const unknown = page.flatMap(({ id }) => (id === null || this.#known.has(id) ? [] : [id]));
        this.#count += unknown.length;
        // So that they are not counted again if the stream is set back again.
        this.#given.add(unknown);
      }
      this.#counted = to;
      this.#say();
    }
    return compareIds(lastGeneratedId, this.#cursor) <= 0;
  }

  #say(): void {
    const lost =
      this.#count === 0
        ? ""
        : `; ${this.#count} entries written since have IDs no later than ${this.#cursor} and are never given`;
    this.#watch.note("recreated", `${this.#setBack}; reading goes on after ${this.#cursor}${lost}`, this.#setBack);
  }
}

function later(a: EntryId, b: EntryId): EntryId {
  return compareIds(a, b) > 0 ? a : b;
}
