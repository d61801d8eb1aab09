import { compareIds, MAX_ID, MIN_ID, type EngineIdentity, type EntryId } from "@qsc/contract";
import { decodeEntry, type EventSource } from "@qsc/stream-reader";

/** What the newest readable decision says of its engine. */
export interface NewestDecision {
  readonly id: EntryId;
  /** Null in contract version 1. */
  readonly engine: EngineIdentity | null;
}

/** The newest decision that can be read; null where there is none. */
export async function newestDecision(source: EventSource): Promise<NewestDecision | null> {
  let newest: NewestDecision | null = null;
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }, "newest-first")) {
    for (const item of page) {
      const read = item.kind === "rejected" ? item : decodeEntry(item);
      if (read.kind !== "intent" || (newest !== null && compareIds(read.id, newest.id) <= 0)) continue;
      newest = { id: read.id, engine: read.engine };
      if (source.ordering === "by-id") return newest;
    }
  }
  return newest;
}
