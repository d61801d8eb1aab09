/** Reads everything; how far heap and buffers grew at their peak, in bytes, and the number of items. */
export async function heapGrowth(
  pages: AsyncIterable<readonly unknown[]>,
): Promise<{ growth: number; count: number }> {
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let peak = before;
  let count = 0;
  for await (const page of pages) {
    count += page.length;
    peak = Math.max(peak, used());
  }
  return { growth: peak - before, count };
}
