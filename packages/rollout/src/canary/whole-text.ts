import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { QscError } from "@qsc/contract";

/** No file of a canary's life, and no unit's environment, is larger than this, in bytes. */
const LARGEST = 8 * 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * The text of a regular file. What would make a reader wait, or never ends, is refused: a pipe, a socket, a device.
 * @throws QscError `file_failed`, or the system's error
 */
export async function readText(path: string): Promise<string> {
  // Opening a pipe that nobody writes to waits for a writer otherwise.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new QscError("file_failed", `'${path}' is not a regular file. Put one in its place.`);
    return await wholeText(file, path);
  } finally {
    await file.close();
  }
}

/** The text of an open file, from its beginning. @throws QscError `file_failed` for more than 8 MiB */
export async function wholeText(file: FileHandle, path: string): Promise<string> {
  const pieces: Buffer[] = [];
  // What the system says of its size is not to be relied on: a file of /proc has none.
  for (let size = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, size);
    if (bytesRead === 0) return Buffer.concat(pieces).toString("utf8");
    pieces.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > LARGEST) throw new QscError("file_failed", `'${path}' is larger than 8 MiB. Look at what it is, and move it away.`);
  }
}
