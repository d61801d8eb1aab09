import { endOf, type AuditLog } from "../log/follow.js";
import type { ChannelSettings } from "../settings/parse.js";
import { readCursor, writeCursor, type Cursor } from "./cursor.js";

/**
 * The cursor that a channel starts with, on the disk, with the events of the settings. A channel without one starts at
 * the end of the log: what is over when it is added is no news.
 * @throws QscError `cursor_broken`, or the error of a file
 */
export async function startOf(
  log: AuditLog,
  directory: string,
  { name, kind, events }: Pick<ChannelSettings, "name" | "kind" | "events">,
): Promise<Cursor> {
  const kept = await readCursor(log.files, directory, name);
  const own = { version: 1 as const, channel: name, kind, events: [...events] };
  const cursor: Cursor =
    kept === null
      ? { ...own, position: await endOf(log), failing: null, acceptedAt: null }
      : { ...own, position: kept.position, failing: kept.failing, acceptedAt: kept.acceptedAt };
  await writeCursor(log.files, directory, cursor);
  return cursor;
}
