import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Pages between two looks at what is still held. */
const EVERY = 20;

/** Reads everything; how far what is held, garbage excepted, grew at its peak, in bytes, and the number of items. */
export async function heapGrowth(
  pages: AsyncIterable<readonly unknown[]>,
): Promise<{ growth: number; count: number }> {
  const used = (): number => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let peak = before;
  let count = 0;
  let read = 0;
  for await (const page of pages) {
    count += page.length;
    read += 1;
    if (read % EVERY === 0) peak = Math.max(peak, used());
  }
  return { growth: peak - before, count };
}
