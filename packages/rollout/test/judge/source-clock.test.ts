import { describe, expect, test } from "vitest";
import { memorySource, type EventSource } from "@qsc/stream-reader";
import { stateAndClock } from "../../src/judge/source-clock.js";

const NOW = 1_700_000_000_000;

/**
 * A source whose answers take this long in turn, the last one repeatedly, and whose clock has this offset from ours.
 */
function slowSource(
  delays: readonly number[],
  offsetMs: number,
): { source: EventSource; now: () => number; asked: () => number } {
  let ms = NOW;
  let asked = 0;
  const memory = memorySource([]);
  const plain = memory.state;
  const state: EventSource["state"] = async () => {
    const delay = delays[Math.min(asked, delays.length - 1)] ?? 0;
    asked += 1;
    ms += delay;
    const read = ms + offsetMs - delay;
    return { ...(await plain()), clock: { lowMs: read, highMs: read + delay } };
  };
  return { source: Object.assign(memory, { state }), now: () => ms, asked: () => asked };
}

describe("the clock of a source", () => {
  test("that answers at once is asked once", async () => {
    const { source, now, asked } = slowSource([3], 40);
    expect((await stateAndClock(source, { limitMs: 5000, now })).offset).toEqual({ low: 37, high: 40 });
    expect(asked()).toBe(1);
  });

  test("that answers late is asked again, and the best answer counts", async () => {
    const { source, now, asked } = slowSource([5600, 5400, 10], 0);
    expect((await stateAndClock(source, { limitMs: 5000, now })).offset).toEqual({ low: -10, high: 0 });
    expect(asked()).toBe(3);
  });

  test("that always answers late stays within wide bounds, and is asked no more than three times", async () => {
    const { source, now, asked } = slowSource([5600, 5400, 7000, 0], 0);
    expect((await stateAndClock(source, { limitMs: 5000, now })).offset).toEqual({ low: -5400, high: 0 });
    expect(asked()).toBe(3);
  });

  test("that is 8 s behind and answers 4 s late is beyond the limit, whenever it was read", async () => {
    const { source, now } = slowSource([4000, 5], -8000);
    expect((await stateAndClock(source, { limitMs: 5000, now })).offset?.high).toBeLessThan(-5000);
  });

  test("a source without a clock has no offset", async () => {
    expect((await stateAndClock(memorySource([]), { limitMs: 5000, now: () => NOW })).offset).toBeNull();
  });
});
