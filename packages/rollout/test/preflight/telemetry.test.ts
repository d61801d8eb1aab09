import { memorySource } from "@qsc/stream-reader";
import { describe, expect, test } from "vitest";
import { clockSkew } from "../../src/preflight/telemetry.js";
import { judgementContext } from "../support.js";

const NOW = Date.UTC(2026, 0, 5);

/** A source whose clock has this offset from ours, and whose answers come this late. */
function sourceWith(aheadMs: number, delayMs: number) {
  const memory = memorySource([]);
  const plain = memory.state;
  const read = NOW + aheadMs - delayMs;
  return Object.assign(memory, {
    state: async () => ({ ...(await plain()), clock: { lowMs: read, highMs: read + delayMs } }),
  });
}

describe("the clocks, before a canary", () => {
  test.each<[string, number, number, RegExp]>([
    ["the same", 0, 3, /^3 ms from the source's clock$/],
    ["behind by less than the limit", -4000, 10, /^4 s from the source's clock$/],
    ["behind by more", -8000, 10, /is 8 s away from the source's, but at most 5 s is allowed; synchronise both/],
    ["behind by more, answered late", -8000, 4000, /is 8 s to 12 s away from the source's/],
    [
      "the same, always answered late",
      0,
      5600,
      /^Could not check how far this host's clock is from the source's, but at most 5 s is allowed: the source took 6 s .* try again/,
    ],
  ])("%s", async (_, aheadMs, delayMs, said) => {
    const found = await clockSkew(sourceWith(aheadMs, delayMs), judgementContext(NOW)).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    expect(found).toMatch(said);
  });

  test("a source without a clock has nothing to compare", async () => {
    expect(await clockSkew(memorySource([]), judgementContext(NOW))).toBeNull();
  });
});
