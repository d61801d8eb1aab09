import { constants, open } from "node:fs/promises";

/**
 * The bytes of a regular file of at most so many bytes. Anything else could keep a reader waiting without end (a pipe), or
 * fill the memory (a device, a huge file).
 * @throws Error that says what is there instead
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer> {
  // Opening a pipe would wait for its writer; a regular file does not know the difference.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`it is not a regular file but ${kindOf(stat)}`);
    const bytes = Buffer.alloc(most + 1);
    let length = 0;
    while (length <= most) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
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
