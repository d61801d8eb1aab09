import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstIdAt } from "@qsc/contract";
import { DEFAULT_LABELS, DEFAULT_POLICY, judgeIntegrity, TelemetryCard, type ClockOffset } from "../src/index.js";
import { intent, prediction } from "./support.js";

const LIMIT = 5_000;
const NOW = 1_000_000;

/** The check over telemetry whose newest event is this far ahead of our clock; null for no telemetry. */
function clockSkew(sourceClockOffsetMs: ClockOffset | null, aheadMs: number | null = null) {
  const card = new TelemetryCard({ ...DEFAULT_POLICY, labels: DEFAULT_LABELS });
  if (aheadMs !== null) card.add(intent(0, [prediction()], { id: firstIdAt(NOW + aheadMs) }));
  const found = judgeIntegrity(
    card,
    { asOfMs: NOW, nowMs: NOW, sinceMs: null, sourceClockOffsetMs, gaps: [], minEvents: 0 },
    DEFAULT_POLICY,
  );
  const check = found.find(({ id }) => id === "clock_skew");
  if (check === undefined) throw new Error("there is no clock_skew");
  return check;
}

describe("the clock of a source, known within bounds", () => {
  test.each<[string, ClockOffset | null, string]>([
    ["no clock", null, "pass"],
    ["the same clock, answered at once", { low: 0, high: 0 }, "pass"],
    ["exactly at the limit, ahead", { low: 5_000, high: 5_000 }, "pass"],
    ["exactly at the limit, behind", { low: -5_000, high: -5_000 }, "pass"],
    ["just beyond it, ahead", { low: 5_001, high: 5_001 }, "violation"],
    ["just beyond it, behind", { low: -5_001, high: -5_001 }, "violation"],
    ["the whole interval within the limit", { low: -5_000, high: 5_000 }, "pass"],
    ["the same clock, answered 5.6 s late", { low: -5_600, high: 0 }, "unknown"],
    ["the whole interval beyond the limit", { low: -12_000, high: -5_001 }, "violation"],
    ["ahead, the whole interval beyond the limit", { low: 5_001, high: 9_000 }, "violation"],
    ["an interval that touches the limit", { low: -12_000, high: -5_000 }, "unknown"],
    ["bounds that contradict each other", { low: 1e9, high: -1e9 }, "unknown"],
    ["just beyond, at its nearest", { low: 5_000, high: 5_001 }, "unknown"],
    ["not a number", { low: Number.NaN, high: Number.NaN }, "unknown"],
  ])("%s", (_, offset, status) => {
    expect(clockSkew(offset).status).toBe(status);
  });

  test("says how far apart the clocks are, with the least and the most if these differ", () => {
    expect(clockSkew({ low: -12_000, high: -8_000 })).toMatchObject({
      value: 8_000,
      reason: "the clock of the source and this host's differ by 8 s to 12 s; at most 5 s is allowed",
    });
    expect(clockSkew({ low: 7_000, high: 7_400 })).toMatchObject({
      value: 7_000,
      reason: "the clock of the source and this host's differ by 7 s; at most 5 s is allowed",
    });
    expect(clockSkew({ low: -40, high: 2_000 })).toMatchObject({
      value: 2_000,
      reason: "the clock of the source and this host's differ by 0 ms to 2 s; at most 5 s is allowed",
    });
    expect(clockSkew({ low: Number.NaN, high: 0 })).toMatchObject({ value: null, status: "unknown" });
  });

  test("an unknown clock does not hide an event from the future, or the other way round", () => {
    const unknown = { low: -5_600, high: 0 };
    expect(clockSkew(unknown, 5_001)).toMatchObject({ status: "violation", value: 5_001 });
    expect(clockSkew(unknown, 4_000)).toMatchObject({ status: "unknown", value: 5_600 });
    expect(clockSkew({ low: -9_000, high: -8_000 }, 6_000)).toMatchObject({ status: "violation", value: 8_000 });
    expect(clockSkew({ low: 0, high: 0 }, 5_000)).toMatchObject({ status: "pass", value: 5_000 });
    expect(clockSkew({ low: 0, high: 0 }, -1)).toMatchObject({
      status: "pass",
      value: 0,
      reason: expect.stringContaining("the newest event lies 0 ms") as string,
    });
  });

  test("an unknown clock is not waived, and the reason says what to do", () => {
    const check = clockSkew({ low: -5_600, high: 0 });
    expect(check).toMatchObject({ status: "unknown", waived: false, value: 5_600, limit: LIMIT });
    expect(check.reason).toMatch(/took 6 s .* its clock.*try again/);
  });

  test("passes only if every offset within the bounds would pass, and is violated only if every one would be", () => {
    const ms = fc.integer({ min: -20_000, max: 20_000 });
    fc.assert(
      fc.property(ms, ms, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
        const bound = { low: Math.min(a, b), high: Math.max(a, b) };
        const offset = bound.low + share * (bound.high - bound.low);
        const { status } = clockSkew(bound);
        if (status === "pass") expect(Math.abs(offset)).toBeLessThanOrEqual(LIMIT);
        if (status === "violation") expect(Math.abs(offset)).toBeGreaterThan(LIMIT);
        const ends = [clockSkew({ low: a, high: a }).status, clockSkew({ low: b, high: b }).status];
        if (status === "unknown")
          expect(new Set(ends).size === 2 || (bound.low < -LIMIT && bound.high > LIMIT)).toBe(true);
      }),
      { seed: 5 },
    );
  });
});
