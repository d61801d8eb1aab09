import { parseEntryId, QscError, type EntryId } from "@qsc/contract";

/** A shard's number stands in the last three digits of the sequence number. */
const DIGITS = 3;
const NUMBERS = 10n ** BigInt(DIGITS);
const UINT64_MAX = "18446744073709551615";

/** The most shards of one source: each has a connection of its own. */
export const MOST_SHARDS = 256;

/**
 * The ID that an entry of a shard has in the merged stream: the same time, then its sequence number followed by the three
 * digits of the shard. Entries of two shards never share an ID, and IDs order the entries by time, sequence number and
 * shard.
 * @throws QscError `source_unreadable` for a sequence number that leaves no room
 */
export function mergedId(id: EntryId, shard: number): EntryId {
  const dash = id.indexOf("-");
  const seq = id.slice(dash + 1);
  const merged = seq === "0" ? `${id.slice(0, dash)}-${shard}` : `${id}${String(shard).padStart(DIGITS, "0")}`;
  if (seq.length <= UINT64_MAX.length - DIGITS - 1 || parseEntryId(merged) !== null) return merged as EntryId;
  throw new QscError(
    "source_unreadable",
    `The sequence number of entry ${id} is too large to be merged with other shards; let Redis choose sequence numbers (XADD with <ms>-*), or judge the stream by itself.`,
  );
}

/** The number of the shard that a merged ID belongs to. */
export function shardOf(id: EntryId): number {
  return Number(id.slice(id.indexOf("-") + 1).slice(-DIGITS));
}

/** The ID in its own shard. */
export function ownId(merged: EntryId): EntryId {
  const { ms, head } = parts(merged);
  return `${ms}-${head}` as EntryId;
}

/** The first ID that a shard's entry at or after a merged ID can have. */
export function firstFrom(merged: EntryId, shard: number): EntryId {
  const { ms, head, tail } = parts(merged);
  return (shard >= tail ? `${ms}-${head}` : `${ms}-${head + 1n}`) as EntryId;
}

/** The last ID that a shard's entry at or before a merged ID can have; null if there is none. */
export function lastUpTo(merged: EntryId, shard: number): EntryId | null {
  const { ms, head, tail } = parts(merged);
  // The end of a millisecond is that of each shard, even of entries that cannot be merged: those are never skipped.
  if (merged.endsWith(`-${UINT64_MAX}`)) return merged;
  if (shard <= tail) return `${ms}-${head}` as EntryId;
  if (head > 0n) return `${ms}-${head - 1n}` as EntryId;
  return ms === "0" ? null : (`${BigInt(ms) - 1n}-${UINT64_MAX}` as EntryId);
}

function parts(id: EntryId): { readonly ms: string; readonly head: bigint; readonly tail: number } {
  const dash = id.indexOf("-");
  const seq = BigInt(id.slice(dash + 1));
  return { ms: id.slice(0, dash), head: seq / NUMBERS, tail: Number(seq % NUMBERS) };
}
