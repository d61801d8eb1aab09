import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { QscError, rules } from "@qsc/contract";
import type { NotifyFiles } from "../log/files.js";
import type { LogPosition } from "../log/position.js";

/** A channel that accepts nothing. */
export interface Failing {
  /** The first failure since the last success. ISO 8601 UTC. */
  readonly since: string;
  /** How often it was tried since then. */
  readonly attempts: number;
  /** The newest answer or error, without a secret. */
  readonly said: string;
}

/** What is kept of a channel between two runs: everything before the position was accepted by the other side. */
export interface Cursor {
  readonly version: 1;
  readonly channel: string;
  readonly kind: string;
  /** The events that the channel is told of, so that what waits can be counted without the settings. */
  readonly events: readonly string[];
  readonly position: LogPosition;
  readonly failing: Failing | null;
  /** When the other side last accepted a message; null if it never did. ISO 8601 UTC. */
  readonly acceptedAt: string | null;
}

const SUFFIX = ".cursor.json";
const UNFINISHED = ".unfinished";

const { anyText, count, listOf, nullable, ruleOf, shaped, someText } = rules;
const place = shaped({
  file: nullable(shaped({ device: count, inode: count })),
  offset: count,
  tail: shaped({ bytes: count, sha256: someText }),
  last: nullable(shaped({ number: count, hash: someText })),
  canary: nullable(shaped({ unit: someText, model: someText })),
});
const isCursor = shaped({
  version: ruleOf((value) => value === 1, "1"),
  channel: someText,
  kind: someText,
  events: listOf(someText),
  position: place,
  failing: nullable(shaped({ since: someText, attempts: count, said: anyText })),
  acceptedAt: nullable(someText),
});

function cursorPath(directory: string, channel: string): string {
  return join(directory, `${channel}${SUFFIX}`);
}

/**
 * The cursor of a channel; null if there is none.
 * @throws QscError `cursor_broken`
 */
export async function readCursor(files: NotifyFiles, directory: string, channel: string): Promise<Cursor | null> {
  const path = cursorPath(directory, channel);
  const text = await files.read(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    isCursor(value, "cursor");
    return value as Cursor;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "cursor_broken",
      `The cursor ${path} cannot be used: ${why} How far the channel has come is unknown. Move the file away: the channel then begins at the end of the audit log.`,
      { cause },
    );
  }
}

/** The cursors of a directory, by channel. @throws QscError `cursor_broken` */
export async function readCursors(files: NotifyFiles, directory: string): Promise<readonly Cursor[]> {
  const names = (await files.list(directory)).filter((name) => name.endsWith(SUFFIX)).sort();
  const found = await Promise.all(names.map((name) => readCursor(files, directory, name.slice(0, -SUFFIX.length))));
  return found.filter((cursor) => cursor !== null);
}

/** Replaces a cursor. A crash leaves the old one or the new one; once this resolves, the new one survives a power cut. */
export async function writeCursor(files: NotifyFiles, directory: string, cursor: Cursor): Promise<void> {
  const path = cursorPath(directory, cursor.channel);
  await replaceFile(files, path, `${JSON.stringify(cursor)}\n`);
}

/** Replaces a file, so that a crash leaves the old text or the new one. */
export async function replaceFile(files: NotifyFiles, path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    await files.create(temporary, text);
    await files.sync(temporary);
    await files.rename(temporary, path);
  } catch (thrown) {
    // The first error counts.
    await files.remove(temporary).catch(() => undefined);
    throw thrown;
  }
  await files.syncDirectory(dirname(path));
}

/** Removes what crashes have left in the directory. Only for the one process that writes there. */
export async function removeUnfinished(files: NotifyFiles, directory: string): Promise<void> {
  for (const name of await files.list(directory)) {
    if (basename(name).endsWith(UNFINISHED)) await files.remove(join(directory, name));
  }
}
