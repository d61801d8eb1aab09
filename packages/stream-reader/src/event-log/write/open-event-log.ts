import type { Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import { assertUtf8Head } from "../read/encoding.js";
import { isArrayOfEntries } from "../read/splitter-for.js";

/** Readable by the group but not by others: an event log shows what a strategy does. */
const MODE = 0o640;
const HEAD_BYTES = 4096;

/** Opens files. A test passes one that fails. */
export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

/**
 * Opens an event log for appending, and creates it if it does not exist. The caller closes the handle.
 * @throws QscError `invalid_source` for a compressed event log or an export, `source_unreadable`, or a file system
 * error.
 */
export async function openForAppend(path: string, openFile: OpenFile = open): Promise<FileHandle> {
  // Checked before opening: opening a pipe would wait for its reader.
  const found = await statOrNull(path);
  if (found?.isFile() === false) {
    const what = found.isDirectory() ? "a directory" : "not a regular file";
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

/** The file at a path, or null. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** @throws QscError `invalid_source` if the name or the first bytes show a file that cannot be appended to */
export function assertPlain(path: string, head: Buffer): void {
  if (/\.gz$/i.test(path) || (head[0] === 0x1f && head[1] === 0x8b)) {
    throw new QscError(
      "invalid_source",
      `The event log '${path}' is compressed and cannot be appended to; name a plain one, such as events.ndjson.`,
    );
  }
  if (isArrayOfEntries(head)) {
    throw new QscError(
      "invalid_source",
      `'${path}' is an export of redis-cli and cannot be appended to; name another file.`,
    );
  }
}
