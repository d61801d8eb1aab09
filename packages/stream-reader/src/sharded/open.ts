import { QscError } from "@qsc/contract";
import type { SourceKind } from "../ports/kind.js";
import type { OpenOptions } from "../ports/open-options.js";
import type { EventSource, IdRange, SeenStream, SourcePart } from "../ports/source.js";
import type { Timeouts } from "../ports/timeouts.js";
import { verifierOf } from "../signature/open-verified.js";
import { firstFrom, lastUpTo, MOST_SHARDS } from "./shard-id.js";
import { Shard } from "./shard.js";
import { ShardedSource } from "./sharded-source.js";
import { keysText } from "./stream-keys.js";

/** What to open. */
export interface WantedShards {
  readonly url: string;
  readonly keys: readonly string[];
  readonly options: OpenOptions;
  readonly timeouts: Timeouts;
  /** The part that will be read; null if the source is opened for itself. */
  readonly part: { readonly whole: IdRange; readonly seen: readonly SeenStream[] } | null;
}

/** Opens several streams of one place as one source. @throws QscError `invalid_source`, and like `openSource` */
export async function openShards(
  openShard: NonNullable<SourceKind["openShard"]>,
  { url, keys, options, timeouts, part }: WantedShards,
): Promise<EventSource> {
  if (keys.length > MOST_SHARDS)
    throw new QscError(
      "invalid_source",
      `${keys.length} streams cannot be merged, at most ${MOST_SHARDS}; use fewer shards.`,
    );
  // Before any connection: a key that cannot be read must not leave one open.
  const verifiers = await Promise.all(keys.map((key) => verifierOf(options, key)));
  const shards = await Promise.all(
    keys.map(async (stream, at) => {
      const own = part === null ? null : { whole: rangeOf(part.whole, at), seen: part.seen[at] ?? null };
      return new Shard(at, await openShard(url, { ...options, stream }, timeouts, own), verifiers[at] ?? null);
    }),
  );
  const source = new ShardedSource(shards[0]?.source.label ?? url, {
    shards,
    stream: keysText(keys),
    verifies: options.verifyKeys !== undefined,
    partOf: (range, whole, seen): SourcePart => ({ kind: "ids", url, options, range, whole, seen }),
    isPart: part !== null,
  });
  try {
    await reach(source);
    return source;
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

/** A range in the IDs of one shard. */
function rangeOf({ from, to }: IdRange, shard: number): IdRange {
  return { from: firstFrom(from, shard), to: lastUpTo(to, shard) ?? from };
}

/** Connects to every shard. Keys that are all missing may come to exist, as with one stream. */
async function reach(source: EventSource): Promise<void> {
  try {
    await source.state();
  } catch (thrown) {
    if (!(thrown instanceof QscError) || thrown.code !== "source_missing") throw thrown;
  }
}
