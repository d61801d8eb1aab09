import { constants, open } from "node:fs/promises";

/**
 * The bytes of a regular file of at most so many bytes. Anything else could keep a reader waiting without end (a pipe), or
 * fill the memory (a device, a huge file).
 * @param flags of open(2), besides those for reading
 * @throws Error that says what is there instead
 */
export async function readRegularFile(path: string, most: number, flags = 0): Promise<Buffer> {
  // Opening a pipe would wait for its writer; a regular file does not know the difference.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`it is not a regular file but ${kindOf(stat)}`);
    // As it is now, and a byte more: a file may grow meanwhile.
    const bytes = Buffer.alloc(Math.min(stat.size, most) + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
    if (length <= most) throw new Error("it grew while it was read");
    throw new Error(`it is larger than ${most} bytes, the most that is read`);
  } finally {
    await file.close();
  }
}

type Stat = Awaited<ReturnType<Awaited<ReturnType<typeof open>>["stat"]>>;

function kindOf(stat: Stat): string {
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}
