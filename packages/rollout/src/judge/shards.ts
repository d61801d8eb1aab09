import type { EventSource } from "@qsc/stream-reader";
import type { ShardContext, ShardTally } from "@qsc/violations";
import type { WindowRequest } from "./window.js";

/**
 * What is known of the shards of a source after it was read; null if it reads one stream.
 * @param tally of what is judged
 * @param sinceMs since when decisions are expected; null if that is not known
 */
export function shardsOf(
  source: Pick<EventSource, "shards">,
  tally: ShardTally | null,
  { count }: Pick<WindowRequest, "count">,
  sinceMs: number | null,
): readonly ShardContext[] | null {
  if (source.shards === undefined || tally === null) return null;
  return source.shards().map(({ stream, problem, newestMs, lateMs }, shard) => {
    const { firstMs, lastMs, silence } = tally.of(shard);
    // A count may leave out all of a slow shard, which then has at least to be alive.
    const newest = count === null || tally.has(shard) ? lastMs : newestMs;
    return { stream, problem, sinceMs, firstMs, lastMs: newest, silence, lateMs };
  });
}
