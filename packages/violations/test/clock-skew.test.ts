import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY, DEFAULT_LABELS, judgeIntegrity, TelemetryCard, type ClockOffset } from "../src/index.js";

const LIMIT = 5_000;

/** The check over telemetry that has no event of the future. */
function clockSkew(sourceClockOffsetMs: ClockOffset | null) {
  const card = new TelemetryCard({ ...DEFAULT_POLICY, labels: DEFAULT_LABELS });
  const found = judgeIntegrity(card, { asOfMs: 0, nowMs: 0, sourceClockOffsetMs, gaps: [], minEvents: 0 }, DEFAULT_POLICY);
  const check = found.find(({ id }) => id === "clock_skew");
  if (check === undefined) throw new Error("there is no clock_skew");
  return check;
}

describe("the clock of a source, which is known within bounds", () => {
  test.each<[string, ClockOffset | null, string]>([
    ["has none", null, "pass"],
    ["the same clock, answered at once", { low: 0, high: 0 }, "pass"],
    ["exactly at the limit, ahead", { low: 5_000, high: 5_000 }, "pass"],
    ["exactly at the limit, behind", { low: -5_000, high: -5_000 }, "pass"],
    ["just beyond it, ahead", { low: 5_001, high: 5_001 }, "violation"],
    ["just beyond it, behind", { low: -5_001, high: -5_001 }, "violation"],
    ["all of the bound within", { low: -5_000, high: 5_000 }, "pass"],
    ["the same clock, answered 5.6 s late", { low: -5_600, high: 0 }, "unknown"],
    ["all of the bound beyond", { low: -12_000, high: -5_001 }, "violation"],
    ["ahead, all of the bound beyond", { low: 5_001, high: 9_000 }, "violation"],
    ["a bound that touches the limit", { low: -12_000, high: -5_000 }, "unknown"],
    ["no number", { low: Number.NaN, high: Number.NaN }, "unknown"],
  ])("%s", (_, offset, status) => {
    expect(clockSkew(offset).status).toBe(status);
  });

  test("what cannot be told is not waived, and says what to do", () => {
    const check = clockSkew({ low: -5_600, high: 0 });
    expect(check).toMatchObject({ status: "unknown", waived: false, value: 5_600, limit: LIMIT });
    expect(check.reason).toMatch(/took 6 s .* its clock.*try again/);
  });

  test("passes only where every offset in the bound would, and is violated only where every one would be", () => {
    const ms = fc.integer({ min: -20_000, max: 20_000 });
    fc.assert(fc.property(ms, ms, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
      const bound = { low: Math.min(a, b), high: Math.max(a, b) };
      const offset = bound.low + share * (bound.high - bound.low);
      const { status } = clockSkew(bound);
      if (status === "pass") expect(Math.abs(offset)).toBeLessThanOrEqual(LIMIT);
      if (status === "violation") expect(Math.abs(offset)).toBeGreaterThan(LIMIT);
      const ends = [clockSkew({ low: a, high: a }).status, clockSkew({ low: b, high: b }).status];
      if (status === "unknown") expect(new Set(ends).size === 2 || (bound.low < -LIMIT && bound.high > LIMIT)).toBe(true);
    }), { seed: 5 });
  });
});
