import type { WatchMoment } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withMoment } from "../../src/watch/history.js";
import { strongestOfEach } from "../../src/watch/kept-evidence.js";
import { nearestOfEach } from "../../src/watch/margins.js";

const HOUR = 3_600_000;
const DURATION = 6 * HOUR;
const moment = (watchedMs: number, margin = 0.5): WatchMoment => ({
  at: new Date(watchedMs).toISOString(),
  watchedMs,
  margins: [{ model: "nhits", check: "narrow_range", margin }],
  evidence: [],
});

/** The history of a watch that is judged at these times. */
function historyOf(times: readonly number[], durationMs = DURATION): readonly WatchMoment[] {
  return times.reduce<readonly WatchMoment[]>(
    (history, ms) => withMoment({ history, durationMs }, moment(ms), false),
    [],
  );
}

describe("the history of a watch", () => {
  test("of six hours, judged every 5 s, has about a hundred moments, evenly spread", () => {
    const history = historyOf(Array.from({ length: DURATION / 5000 + 1 }, (_, index) => index * 5000));
    const gaps = history.slice(1).map(({ watchedMs }, index) => watchedMs - (history[index]?.watchedMs ?? 0));
    expect([history.length, ...new Set(gaps)]).toEqual([99, 220_000]);
  });

  test("always has the judgement that ends the watch, and it once", () => {
    const history = historyOf([0, 5000]);
    expect(history.map(({ watchedMs }) => watchedMs)).toEqual([0]);
    const ended = withMoment({ history, durationMs: DURATION }, moment(10_000, -0.1), true);
    expect(ended.map(({ watchedMs }) => watchedMs)).toEqual([0, 10_000]);
    expect(withMoment({ history: ended, durationMs: DURATION }, moment(10_000, -0.1), true)).toBe(ended);
  });

  test("has no judgement that saw nothing", () => {
    const nothing = { ...moment(0), margins: [] };
    expect(withMoment({ durationMs: DURATION }, nothing, true)).toEqual([]);
  });

  test("never grows beyond its bound, stays in order, and keeps the newest moment that was due", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(HOUR), { maxLength: 600 }),
        fc.constantFrom(1, HOUR, DURATION),
        (steps, durationMs) => {
          let now = 0;
          const times = steps.map((step) => (now += step));
          const history = historyOf(times, durationMs);
          expect(history.length).toBeLessThan(200);
          const kept = history.map(({ watchedMs }) => watchedMs);
          expect(kept).toEqual([...kept].sort((a, b) => a - b));
          const [last, newest] = [kept.at(-1), times.at(-1)];
          if (last !== undefined && newest !== undefined) expect(newest - last).toBeLessThanOrEqual(durationMs / 100);
        },
      ),
    );
  });
});

test("of each model the check nearest to its limit is seen, and the strongest evidence", () => {
  const margin = (model: string | null, check: string, by: number) => {
    return { model, check, margin: by, value: 1, limit: 1, at: "2026-01-01T00:00:00.000Z" };
  };
  expect(
    nearestOfEach([
      margin("a", "narrow_range", 0.4),
      margin(null, "clock_skew", 0.9),
      margin("a", "action_bias", -0.1),
      margin("b", "action_bias", 0.2),
    ]),
  ).toEqual([
    { model: "a", check: "action_bias", margin: -0.1 },
    { model: "b", check: "action_bias", margin: 0.2 },
    { model: null, check: "clock_skew", margin: 0.9 },
  ]);
  const finding = (model: string, check: string, log10: number, threshold = 4) => {
    return { model, check, log10, threshold, conclusive: false, n: 10, since: null };
  };
  expect(
    strongestOfEach([
      finding("a", "narrow_range", 1),
      finding("a", "action_bias", 2, 2),
      finding("a", "dead_zone", 3),
      finding("b", "action_bias", 0),
    ]),
  ).toEqual([{ model: "a", check: "action_bias", part: 1 }]);
});
