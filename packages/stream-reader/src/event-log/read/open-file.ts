import { open, stat, type FileHandle } from "node:fs/promises";
import { QscError, type ErrorCode } from "@qsc/contract";
import { assertUtf8Head } from "./encoding.js";

/** An open event log, as it was when opened. */
export interface EventLogFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly device: number;
  readonly inode: number;
  readonly gzip: boolean;
}

const SENTENCES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["source_missing", "There is no event log '%'; check the path."],
  ENOTDIR: ["source_missing", "There is no event log '%'; check the path."],
  EACCES: ["source_permission", "This user may not read the event log '%'; grant it read permission."],
  EPERM: ["source_permission", "This user may not read the event log '%'; grant it read permission."],
  EISDIR: ["source_unreadable", "'%' is a directory; name the event log file in it."],
};

/**
 * Opens an event log for reading. The caller closes the handle.
 * @throws QscError `source_missing`, `source_permission`; `source_unreadable`, also for UTF-16.
 */
export async function openEventLog(path: string): Promise<EventLogFile> {
  let handle: FileHandle | null = null;
  try {
    // Checked before opening: opening a pipe would wait for its writer.
    const found = await stat(path);
    if (!found.isFile()) throw notRegular(path, found.isDirectory());
    handle = await open(path, "r");
    const { size, dev: device, ino: inode } = await handle.stat();
    const magic = Buffer.alloc(4);
    const { bytesRead } = await handle.read(magic, 0, magic.length, 0);
    const head = magic.subarray(0, bytesRead);
    assertUtf8Head(path, head);
    const gzip = head[0] === 0x1f && head[1] === 0x8b;
    return { handle, size, device, inode, gzip };
  } catch (error) {
    await handle?.close();
    throw eventLogError(path, error);
  }
}

/** An error from the file system as a coded error, in a sentence. */
export function eventLogError(path: string, error: unknown): QscError {
  if (error instanceof QscError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  const [errorCode, sentence] = SENTENCES[code] ?? [
    "source_unreadable" as const,
    `The event log '%' cannot be read (${message}); check the file and its disk.`,
  ];
  return new QscError(
    errorCode,
    sentence.replace("%", () => path),
    { cause: error },
  );
}

function notRegular(path: string, directory: boolean): QscError {
  const what = directory ? "a directory" : "not a regular file";
  return new QscError("source_unreadable", `'${path}' is ${what}; name an event log file.`);
}
