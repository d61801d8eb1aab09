import { describe, expect, test } from "vitest";
import { DegeneracyDetector, type DegeneracyOptions } from "../src/index.js";

function feed(
  detector: DegeneracyDetector,
  n: number,
  label: (i: number) => string,
  confidence: (i: number) => number,
) {
  let state = detector.state;
  for (let index = 0; index < n; index += 1) state = detector.observe(label(index), confidence(index));
  return state;
}

describe("degeneracy detector", () => {
  test("knows nothing until its window is full", () => {
    const detector = new DegeneracyDetector();
    expect(
      feed(
        detector,
        99,
        () => "BUY",
        () => 0.6,
      ),
    ).toBe("warming_up");
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });

  test.each([
    [95, 0, "healthy"],
    [96, 0, "degenerate"],
    [100, 0.03, "healthy"],
    [100, 0.015, "degenerate"],
  ])("%i of 100 alike with a deviation of %d is %s", (alike, deviation, state) => {
    const detector = new DegeneracyDetector();
    const result = feed(
      detector,
      100,
      (i) => (i < alike ? "BUY" : "SELL"),
      (i) => 0.5 + (i % 2 === 0 ? deviation : -deviation),
    );
    expect(result).toBe(state);
  });

  test("stays degenerate until it has recovered by a margin", () => {
    const detector = new DegeneracyDetector();
    feed(
      detector,
      100,
      () => "BUY",
      () => 0.6,
    );
    expect(
      feed(
        detector,
        8,
        () => "SELL",
        () => 0.6,
      ),
    ).toBe("degenerate");
    expect(
      feed(
        detector,
        2,
        () => "SELL",
        () => 0.6,
      ),
    ).toBe("healthy");
  });

  test("NaN is refused and changes nothing", () => {
    const detector = new DegeneracyDetector();
    feed(
      detector,
      99,
      () => "BUY",
      () => 0.6,
    );
    expect(() => detector.observe("SELL", Number.NaN)).toThrow(/NaN/);
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });

  test.each([0, 1])("accepts a confidence of %d", (confidence) => {
    expect(new DegeneracyDetector({ window: 1 }).observe("BUY", confidence)).not.toBe("warming_up");
  });

  test.each([-0.01, 1.01, 2])("refuses a confidence of %d", (confidence) => {
    expect(() => new DegeneracyDetector().observe("BUY", confidence)).toThrow("a number from 0 to 1");
  });

  test("limits may be as large as a share or deviation can get", () => {
    const widest = { share: 0, std: 0.5, recovered: { share: 0, std: 0.5 } };
    expect(() => new DegeneracyDetector(widest)).not.toThrow();
    expect(() => new DegeneracyDetector({ ...widest, share: -0.01 })).toThrow("a number from 0 to below 1");
    expect(() => new DegeneracyDetector({ ...widest, recovered: { share: -0.01, std: 0.5 } })).toThrow(
      "a number from 0 to below 1",
    );
    expect(() => new DegeneracyDetector({ ...widest, recovered: { share: 0, std: 0.501 } })).toThrow(
      "a number above 0, at most 0.5",
    );
  });

  test("reports the state of its window, and nothing before the first prediction", () => {
    const detector = new DegeneracyDetector({ window: 4 });
    expect(detector.recent).toBeNull();
    detector.observe("BUY", 0.25);
    expect(detector.recent).toEqual({ n: 1, label: "BUY", share: 1, std: 0 });
    feed(
      detector,
      4,
      (i) => (i < 3 ? "SELL" : "BUY"),
      (i) => (i % 2 === 0 ? 0.25 : 0.75),
    );
    expect(detector.recent).toEqual({ n: 4, label: "SELL", share: 0.75, std: 0.25 });
  });

  /** n predictions: first `alike` times BUY and then SELL, with exactly this deviation. */
  const after = (
    alike: number,
    n: number,
    deviation: number,
    options: DegeneracyOptions = {},
    detector = new DegeneracyDetector({ window: n, ...options }),
  ) =>
    feed(
      detector,
      n,
      (i) => (i < alike ? "BUY" : "SELL"),
      (i) => 0.5 + (i % 2 === 0 ? deviation : -deviation),
    );

  test.each([
    [950, 0, "healthy"],
    [951, 0, "degenerate"],
    [1000, 0.0201, "healthy"],
    [1000, 0.0199, "degenerate"],
  ])("%i of 1000 alike with a deviation of %d is %s", (alike, deviation, state) => {
    expect(after(alike, 1000, deviation)).toBe(state);
  });

  test("exactly at its limits it is not degenerate", () => {
    const options = { share: 0.75, std: 0.25 };
    expect(after(4, 4, 0.25, options)).toBe("healthy");
    expect(after(4, 4, 0.125, options)).toBe("degenerate");
    expect(after(3, 4, 0.125, options)).toBe("healthy");
  });

  test.each([
    [901, 0, "degenerate"],
    [900, 0, "healthy"],
    [1000, 0.0299, "degenerate"],
    [1000, 0.0301, "healthy"],
  ])("once degenerate, %i of 1000 alike with a deviation of %d leave it %s", (alike, deviation, state) => {
    const detector = new DegeneracyDetector({ window: 1000 });
    after(1000, 1000, 0, {}, detector);
    expect(after(alike, 1000, deviation, {}, detector)).toBe(state);
  });

  test("exactly at the margin it has recovered", () => {
    const options = { window: 4, share: 0.75, std: 0.125, recovered: { share: 0.5, std: 0.25 } };
    const degenerate = () => {
      const detector = new DegeneracyDetector(options);
      expect(after(4, 4, 0, options, detector)).toBe("degenerate");
      return detector;
    };
    expect(after(4, 4, 0.25, options, degenerate())).toBe("healthy");
    expect(after(2, 4, 0, options, degenerate())).toBe("healthy");
    expect(after(3, 4, 0, options, degenerate())).toBe("degenerate");
  });
});
