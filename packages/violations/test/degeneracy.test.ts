import { describe, expect, test } from "vitest";
import { DegeneracyDetector } from "../src/index.js";

function feed(detector: DegeneracyDetector, n: number, label: (i: number) => string, confidence: (i: number) => number) {
  let state = detector.state;
  for (let index = 0; index < n; index += 1) state = detector.observe(label(index), confidence(index));
  return state;
}

describe("degeneracy detector", () => {
  test("knows nothing before its window is full", () => {
    const detector = new DegeneracyDetector();
    expect(feed(detector, 99, () => "BUY", () => 0.6)).toBe("warming_up");
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });

  test.each([
    [95, 0, "healthy"],
    [96, 0, "degenerate"],
    [100, 0.03, "healthy"],
    [100, 0.015, "degenerate"],
  ])("%i of 100 alike with a deviation of %d is %s", (alike, deviation, state) => {
    const detector = new DegeneracyDetector();
    const result = feed(detector, 100, (i) => (i < alike ? "BUY" : "SELL"), (i) => 0.5 + (i % 2 === 0 ? deviation : -deviation));
    expect(result).toBe(state);
  });

  test("stays degenerate until it has recovered by a margin", () => {
    const detector = new DegeneracyDetector();
    feed(detector, 100, () => "BUY", () => 0.6);
    expect(feed(detector, 8, () => "SELL", () => 0.6)).toBe("degenerate");
    expect(feed(detector, 2, () => "SELL", () => 0.6)).toBe("healthy");
  });

  test("a NaN is refused and changes nothing", () => {
    const detector = new DegeneracyDetector();
    feed(detector, 99, () => "BUY", () => 0.6);
    expect(() => detector.observe("SELL", Number.NaN)).toThrow(/NaN/);
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });
});
