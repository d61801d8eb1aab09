import { constants, open, type FileHandle } from "node:fs/promises";

/** A file is read in pieces of this size, in bytes: most are smaller. */
const PIECE = 64 * 1024;

/**
 * The bytes of a regular file. Anything else could keep a reader waiting without end (a pipe), or fill the memory (a device,
 * a huge file).
 * @param most bytes; a larger file is refused
 * @throws Error that says what is there instead
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer> {
  // Opening a pipe would wait for its writer; a regular file does not know the difference.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`it is not a regular file but ${kindOf(stat)}`);
    return await wholeFile(file, most);
  } finally {
    await file.close();
  }
}

async function wholeFile(file: FileHandle, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // What the system says of its size is not to be relied on: a file of /proc has none.
  for (let size = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, size);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > most) throw new Error(`it is larger than ${most} bytes, the most that is read`);
  }
}

type Stat = Awaited<ReturnType<FileHandle["stat"]>>;

function kindOf(stat: Stat): string {
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}
