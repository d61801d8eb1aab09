import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * What this process uses on the heap and outside it, in bytes, without garbage: when that is collected differs between
 * Node versions.
 */
export function held(): { heap: number; all: number } {
  collectGarbage();
  // A collection frees the memory of dead buffers on a thread of its own: the next one waits for that.
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, all: heapUsed + external };
}

/** The largest growth of live memory while something was done, in bytes. */
export async function peakGrowth(act: () => Promise<unknown>): Promise<number> {
  const before = held().all;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, held().all);
  }, 25);
  try {
    await act();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, held().all) - before;
}

/** Pages between two measurements. */
const EVERY = 20;

/** Reads everything. Returns the largest growth of live memory, in bytes, and the number of items. */
export async function heapGrowth(pages: AsyncIterable<readonly unknown[]>): Promise<{ growth: number; count: number }> {
  const before = held().all;
  let peak = before;
  let count = 0;
  let read = 0;
  for await (const page of pages) {
    count += page.length;
    read += 1;
    if (read % EVERY === 0) peak = Math.max(peak, held().all);
  }
  return { growth: peak - before, count };
}
