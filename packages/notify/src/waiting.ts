import { hostFiles } from "./log/host-files.js";
import { entryReader, readNext, type AuditLog } from "./log/follow.js";
import { readCursors, type Cursor, type Failing } from "./outbox/cursor.js";
import { alivePath, ALIVE_MS, notifyDirectory } from "./place.js";

/** What waits for one channel. */
export interface ChannelWaiting {
  readonly channel: string;
  readonly kind: string;
  /** How many notifications wait: entries of the log that the channel is told of, and that were not accepted yet. */
  readonly waiting: number;
  /** When the oldest of them was logged. ISO 8601 UTC; null if none waits. */
  readonly since: string | null;
  /** Null while the other side accepts messages. */
  readonly failing: Failing | null;
  readonly acceptedAt: string | null;
}

/** What the files of a working directory say of its notifications. */
export interface Waiting {
  readonly channels: readonly ChannelWaiting[];
  /** When a notifier last said that it was alive. ISO 8601 UTC; null if none ever did. */
  readonly aliveAt: string | null;
  /** Whether that is so long ago that none runs. */
  readonly isRunning: boolean;
}

/** Missing this many signs of life in a row means that no notifier runs. */
const MISSED = 4;

/**
 * How many notifications wait for each channel, and since when: from the files alone, so that any process that may read
 * them can ask, whether a notifier runs or not. The channels are those that a notifier has ever run with.
 * @param workdir the working directory
 * @param audit the audit log
 * @throws QscError `cursor_broken`, `file_failed`: what waits is then unknown
 */
export async function readWaiting(workdir: string, audit: string, now: number = Date.now()): Promise<Waiting> {
  const cursors = await readCursors(hostFiles, notifyDirectory(workdir));
  const log: AuditLog = { files: hostFiles, path: audit, readEntry: await entryReader() };
  const channels = await Promise.all(cursors.map((cursor) => waitingFor(log, cursor)));
  const aliveAt = await lastSign(workdir);
  const age = aliveAt === null ? Number.NaN : now - Date.parse(aliveAt);
  return { channels, aliveAt, isRunning: age <= MISSED * ALIVE_MS };
}

async function waitingFor(log: AuditLog, cursor: Cursor): Promise<ChannelWaiting> {
  const { channel, kind, failing, acceptedAt, events } = cursor;
  let { position } = cursor;
  let waiting = 0;
  let since: string | null = null;
  for (;;) {
    const item = await readNext(log, position);
    if (item === null) return { channel, kind, waiting, since, failing, acceptedAt };
    const { entry, fault } = item;
    if (fault !== null && events.includes("audit_log_changed")) waiting += 1;
    if (entry !== null && events.includes(entry.event)) {
      waiting += 1;
      since ??= entry.at;
    }
    position = item.after;
  }
}

async function lastSign(workdir: string): Promise<string | null> {
  const text = await hostFiles.read(alivePath(workdir));
  if (text === null) return null;
  const sign: unknown = JSON.parse(text);
  return typeof sign === "object" && sign !== null && "at" in sign && typeof sign.at === "string" ? sign.at : null;
}
