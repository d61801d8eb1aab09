import type { Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import { assertUtf8Head } from "../read/encoding.js";
import { isArrayOfEntries } from "../read/splitter-for.js";

/** Readable by the group and by no other user: an event log holds what a strategy does. */
const MODE = 0o640;
const HEAD_BYTES = 4096;

/** How files are opened; a test's own may fail. */
export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

/**
 * Opens an event log to append to, and makes it where it is absent. The caller closes the handle.
 * @throws QscError `invalid_source` for a packed event log or an export, `source_unreadable`, or what the system says.
 */
export async function openForAppend(path: string, openFile: OpenFile = open): Promise<FileHandle> {
  // Before it is opened: opening a pipe would wait for its reader.
  const found = await statOrNull(path);
  if (found?.isFile() === false) {
    const what = found.isDirectory() ? "a directory" : "no regular file";
    throw new QscError("source_unreadable", `'${path}' is ${what}; name an event log file.`);
  }
  const handle = await openFile(path, "a+", MODE);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    assertUtf8Head(path, head.subarray(0, bytesRead));
    assertPlain(path, head.subarray(0, bytesRead));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What is at a path, or null. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** @throws QscError `invalid_source` for a name or a beginning of what has an end already. */
export function assertPlain(path: string, head: Buffer): void {
  if (/\.gz$/i.test(path) || (head[0] === 0x1f && head[1] === 0x8b)) {
    throw new QscError(
      "invalid_source",
      `The event log '${path}' is packed, and cannot be appended to; name a plain one such as events.ndjson.`,
    );
  }
  if (isArrayOfEntries(head)) {
    throw new QscError(
      "invalid_source",
      `'${path}' is an export of redis-cli, and cannot be appended to; name another file.`,
    );
  }
}
