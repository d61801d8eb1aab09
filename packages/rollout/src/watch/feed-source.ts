import { compareIds, idTime, iso, parseEntryId, QscError, type EntryId, type SourceMark } from "@qsc/contract";
import { ownId, shardOf, type EventSource, type SourceItem } from "@qsc/stream-reader";

/** The mark of several shards once their pages are read; null for one stream, which needs none. */
export function shardsMarkOf(source: EventSource): SourceMark | null {
  const mark = source.mark?.() ?? null;
  return mark?.kind === "shards" ? mark : null;
}

/** The items that an earlier run has read: of shards, what came after its mark is still to be followed. */
export function readBefore(items: readonly SourceItem[], mark: SourceMark | null): readonly SourceItem[] {
  if (mark?.kind !== "shards") return items;
  return items.filter(({ id }) => {
    const upTo = id === null ? undefined : mark.shards[shardOf(id)]?.id;
    const read = upTo === undefined ? null : parseEntryId(upTo);
    return id === null || read === null || compareIds(ownId(id), read) <= 0;
  });
}

/**
 * A watch begins at a decision that proved what is served. A source that ends before it no longer has it, and what
 * follows may get IDs from before the cutover, which are not read: that is no silence, and is not judged. A log that is
 * empty was rotated: what follows comes later.
 * @throws QscError `source_unreadable`
 */
export async function mustReach(source: EventSource, cutover: EntryId): Promise<void> {
  const { endId, lastId } = await source.state();
  const end = endId ?? lastId;
  if (end === null || compareIds(end, cutover) >= 0) return;
  throw new QscError(
    "source_unreadable",
    `${source.label} ends at ${end}, before the canary's first decision at ${iso(idTime(cutover))}: it was deleted or set back, or it is another one. Roll back, and activate again.`,
  );
}
