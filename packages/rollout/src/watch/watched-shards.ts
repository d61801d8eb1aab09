import { compareIds, parseEntryId, type EntryId, type SourceMark } from "@qsc/contract";
import { ownId, shardOf, type ShardState } from "@qsc/stream-reader";
import type { ShardContext, ShardTally } from "@qsc/violations";

/** The shards of a watched stream: which entries an earlier run has counted, and when each shard gave its last. */
export class WatchedShards {
  readonly #sinceMs: number;
  readonly #cursor: EntryId | null;
  readonly #mark: SourceMark | null;
  /** The newest entry of each shard when this run first saw it: before that, an earlier run has read it. */
  #atStart: readonly (number | null)[] | null = null;
  #states: readonly ShardState[] | null = null;

  /**
   * @param sinceMs the cutover, in milliseconds since 1970
   * @param cursor where an earlier run stopped; null for none
   * @param mark of the source there
   */
  constructor(sinceMs: number, cursor: EntryId | null, mark: SourceMark | null) {
    this.#sinceMs = sinceMs;
    this.#cursor = cursor;
    this.#mark = mark;
  }

  /** What the source says of its shards; null if it reads one stream. */
  see(states: readonly ShardState[] | null): void {
    this.#states = states;
    if (states !== null) this.#atStart ??= states.map(({ newestMs }) => newestMs);
  }

  /** The shard of an entry; 0 in one stream. */
  of(id: EntryId | null): number {
    return id === null || this.#states === null ? 0 : shardOf(id);
  }

  /** Whether an earlier run has counted an entry. @param known the newest one that was counted, of all shards */
  isKnown(id: EntryId, known: EntryId | null): boolean {
    if (known === null) return false;
    if (this.#states === null) return compareIds(id, known) <= 0;
    if (this.#cursor === null) return false;
    const own = this.#mark?.kind === "shards" ? this.#mark.shards[shardOf(id)]?.id : undefined;
    const upTo = own === undefined ? null : parseEntryId(own);
    // Without a mark, only the newest entry of all shards is known.
    return upTo === null ? compareIds(id, this.#cursor) <= 0 : compareIds(ownId(id), upTo) <= 0;
  }

  /** What is known of each shard now. @param tally of this run */
  context(tally: ShardTally): readonly ShardContext[] | null {
    if (this.#states === null) return null;
    return this.#states.map(({ stream, problem, lateMs }, shard) => {
      const { firstMs, lastMs, silence } = tally.of(shard);
      const newest = this.#cursor === null ? null : (this.#atStart?.[shard] ?? null);
      const before = newest !== null && newest >= this.#sinceMs ? newest : null;
      return {
        stream,
        problem,
        lateMs,
        silence,
        sinceMs: before === null ? this.#sinceMs : null,
        firstMs,
        lastMs: lastMs ?? before,
      };
    });
  }
}
