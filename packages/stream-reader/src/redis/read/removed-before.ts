import { compareIds, type EntryId } from "@qsc/contract";
import { removedCount, type StreamInfo } from "./stream-info.js";
import type { StreamWatch } from "./stream-watch.js";

/** Whether a missing entry may have been trimmed or deleted. */
export function mayHaveGone(id: EntryId, { firstId, maxDeletedId }: StreamInfo): boolean {
  const isTrimmed = firstId === null || compareIds(firstId, id) > 0;
  return isTrimmed || maxDeletedId === null || compareIds(maxDeletedId, id) >= 0;
}

/** Notes that trimming had reached the cursor before following began. */
export function noteTrimmedBefore(watch: StreamWatch, info: StreamInfo, cursor: EntryId): void {
  const removed = removedCount(info);
  if (removed === null || removed === 0) return;
  if (info.firstId !== null && compareIds(info.firstId, cursor) <= 0) return;
  const what = `it was trimmed up to ${info.firstId ?? "its end"} before what follows ${cursor} was read`;
  watch.note("trimmed", `${what}: entries may be lost`);
}
