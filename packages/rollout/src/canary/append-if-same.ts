import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { QscError } from "@qsc/contract";
import { lockOpenFile } from "@qsc/systemd";
import { MOST_BYTES, wholeFile } from "./regular-file.js";

/** Who writes to the file has it for a moment; one that is stopped in the middle of that has it longer than this, in milliseconds. */
const PATIENCE_MS = 2000;
const RETRY_MS = 20;

/**
 * Appends to a file that still says what was read of it, and leaves any other as it is. The kernel's lock on the file
 * itself keeps two that do this apart; it is gone once the file is closed, however the process ends.
 * @param file open for reading and appending, from its beginning; the caller closes it
 * @param before the text that was read; null where there was no file
 * @returns whether it was appended
 * @throws QscError `file_failed` where another command has the lock and does not let go
 */
export async function appendIfSame(file: FileHandle, path: string, text: string, before: string | null): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (!(await lockOpenFile(file.fd))) {
    if (performance.now() >= until) throw new QscError("file_failed", `Cannot append to '${path}': another command is writing to it, and does not come to an end. Look at what runs.`);
    await wait(RETRY_MS);
  }
  if ((await wholeFile(file, MOST_BYTES)).toString("utf8") !== (before ?? "")) return false;
  await file.appendFile(text);
  return true;
}
