import type { Stats } from "node:fs";
import { constants, open, type FileHandle } from "node:fs/promises";

/** The largest file that a canary needs, in bytes: an audit log of this size holds 100,000 entries. */
export const MOST_BYTES: number = 64 * 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * The bytes of a regular file. Anything else could make a reader wait forever (a pipe), or fill the memory (a device, a
 * huge file).
 * @param most bytes; a larger file is refused
 * @param flags of open(2), besides those for reading
 * @throws Error that says what is there instead
 */
export async function readRegularFile(path: string, most: number, flags = 0): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe would wait for its writer; for a regular file it makes no difference.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  try {
    requireRegular(await file.stat());
    return await wholeFile(file, most);
  } finally {
    await file.close();
  }
}

/** The bytes of an open file, from its beginning. @throws Error for more than `most` of them */
export async function wholeFile(file: FileHandle, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // The size that the system reports is not reliable: a file of /proc has none.
  for (let size = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, size);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > most) throw new Error(`it is larger than ${most} bytes, the most that is read`);
  }
}

/** @throws Error that says what is there instead */
export function requireRegular(stat: Stats): void {
  if (!stat.isFile()) throw new Error(`it is not a regular file but ${kindOf(stat)}`);
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}
