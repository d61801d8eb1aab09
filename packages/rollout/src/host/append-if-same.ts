import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { QscError } from "@qsc/contract";
import { lockOpenFile } from "@qsc/systemd";
import { MOST_BYTES, wholeFile } from "./regular-file.js";

/**
 * How long to wait for the lock, in milliseconds. A writer holds it only briefly; only one that was stopped halfway
 * holds it for longer.
 */
const PATIENCE_MS = 2000;
const RETRY_MS = 20;

/**
 * Appends to a file if it still has the text that was read from it; otherwise changes nothing. The kernel's lock on the
 * file itself keeps two writers apart, and is freed when the file is closed, however the process ends.
 * @param file open for reading and appending, from its beginning; the caller closes it
 * @param before the text that was read; null if there was no file
 * @returns whether it was appended
 * @throws QscError `file_failed` if another command holds the lock and does not release it
 */
export async function appendIfSame(
  file: FileHandle,
  path: string,
  text: string,
  before: string | null,
): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (!(await lockOpenFile(file.fd))) {
    if (performance.now() >= until)
      throw new QscError(
        "file_failed",
        `Cannot append to '${path}': another command has been writing to it for too long. Find that command and end it.`,
      );
    await wait(RETRY_MS);
  }
  if ((await wholeFile(file, MOST_BYTES)).toString("utf8") !== (before ?? "")) return false;
  await file.appendFile(text);
  return true;
}
