import type { Dependence } from "@qsc/contract";
import { binomialUpperBound, CompactEProcess } from "@qsc/stats";
import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../src/index.js";
import { labelPersistence } from "../src/dependence/bounds.js";
import { allowancesOf } from "../src/segments/allowances.js";
import { Anchor, isNear } from "../src/segments/anchor.js";
import { baselineRisk, segmentBudget, segmentThreshold, wholeBudget } from "../src/segments/budget.js";
import { SegmentMonitor } from "../src/segments/segment-monitor.js";
import { SegmentTest } from "../src/segments/segment-test.js";

const cases = (count: number, n: number) => ({ cases: count, n });
/** A label that comes in a share of the answers after itself, and in another after others, of 400 each. */
const label = (name: string, again: number, after: number) => ({
  labels: [name],
  afterThese: cases(again, 400),
  afterOthers: cases(after, 400),
  within: null,
});

const DEPENDENCE: Dependence = {
  decisions: 800,
  observations: 800,
  spanMs: 3_600_000,
  labels: [label("BUY", 240, 120), label("SELL", 80, 200), label("HOLD", 396, 4)],
  equalConfidences: cases(40, 400),
  confidences: { autocorrelation: null, n: 0 },
};
const RISK = 0.001;
/** A share that is allowed, after itself, with a persistence. */
const again = (share: number, persistence: number) => share + persistence * (1 - share);

describe("what is allowed after an answer", () => {
  const { labels, confidence, missing } = allowancesOf(DEFAULT_POLICY, DEPENDENCE, RISK);

  test("a label's own persistence, bounded with its part of the risk: three labels and the confidence, two sides", () => {
    const high = labelPersistence({ dependence: DEPENDENCE }, ["BUY"], RISK / 4 / 2)?.high ?? Number.NaN;
    expect(high).toBeGreaterThan(0.3);
    expect(labels.get("BUY")).toBeCloseTo(again(0.95, high), 12);
  });

  test("at least independence, and at most a persistence of 0.8", () => {
    expect(labelPersistence({ dependence: DEPENDENCE }, ["SELL"], RISK / 8)?.high).toBeLessThan(0);
    expect(labels.get("SELL")).toBe(0.95);
    expect(labelPersistence({ dependence: DEPENDENCE }, ["HOLD"], RISK / 8)?.high).toBeGreaterThan(0.8);
    expect(labels.get("HOLD")).toBeCloseTo(again(0.995, 0.8), 12);
  });

  test("a confidence that comes again as often as was measured, and any other in half of the answers", () => {
    expect(confidence.usual).toBe(0.5);
    expect(confidence.again).toBeCloseTo(again(0.5, binomialUpperBound(40, 400, RISK / 4)), 12);
  });

  test("no answer in half of the decisions, and in streaks", () => {
    expect(missing).toEqual({ usual: 0.5, again: 0.75 });
  });

  test("a persistence of 0.8 where nothing is measured", () => {
    const unmeasured = allowancesOf(DEFAULT_POLICY, undefined, RISK);
    expect([...unmeasured.labels.values()]).toEqual([again(0.95, 0.8), again(0.95, 0.8), again(0.995, 0.8)]);
    expect(unmeasured.confidence).toEqual({ usual: 0.5, again: again(0.5, 0.8) });
  });
});

describe("the confidence that leads", () => {
  const led = (...confidences: readonly number[]) => {
    const anchor = new Anchor();
    for (const confidence of confidences) anchor.add(confidence);
    return anchor.state();
  };
  const times = (count: number, confidence: number) => Array.from({ length: count }, () => confidence);

  test.each([
    [0.6, 0.601, true],
    [0.601, 0.6, true],
    [0.6, 0.60101, false],
    [0.6, 0.59899, false],
    [0.5, 0.501, true],
  ])("%d and %d are near: %s", (a, b, near) => {
    expect(isNear(a, b)).toBe(near);
  });

  test("is replaced once as many others came, and leads by at most 16", () => {
    expect(led(0.6)).toEqual([0.6, 1]);
    expect(led(0.6, 0.2)).toEqual([0.2, 1]);
    expect(led(0.6, 0.6, 0.2)).toEqual([0.6, 1]);
    expect(led(...times(50, 0.6))).toEqual([0.6, 16]);
    expect(led(...times(50, 0.6), ...times(15, 0.2))).toEqual([0.6, 1]);
    expect(led(...times(50, 0.6), ...times(16, 0.2))).toEqual([0.2, 1]);
  });

  test("continues from its state", () => {
    const anchor = Anchor.from([0.6, 2]);
    anchor.add(0.2);
    expect(anchor.state()).toEqual([0.6, 1]);
  });
});

test("the budget: half for the segments where they decide, a tenth of a model's for what is measured", () => {
  expect(wholeBudget({ segments: { by: "symbol" } }, 0.01)).toBeCloseTo(0.005, 12);
  expect(wholeBudget({}, 0.01)).toBe(0.01);
  expect(segmentBudget(0.01)).toBeCloseTo(0.005, 12);
  expect(baselineRisk(0.01)).toBeCloseTo(0.001, 12);
  const part = (index: number) => Math.exp(-segmentThreshold(0.01, index));
  expect(part(0)).toBeCloseTo(0.009 / 64, 12);
  expect(part(31)).toBe(part(0));
  expect(part(32)).toBeCloseTo(0.009 / 448, 12);
  const all = Array.from({ length: 256 }, (_, index) => part(index)).reduce((sum, each) => sum + each, 0);
  expect(all).toBeCloseTo(0.009, 12);
});

describe("the evidence of a segment", () => {
  const allowances = allowancesOf(DEFAULT_POLICY, DEPENDENCE, RISK);
  const setup = { allowances, threshold: segmentThreshold(0.01, 0) };
  const answer = (given: Partial<{ label: string | null; confidence: number | null }> = {}) => ({
    ...{ predicts: true, label: "BUY", confidence: null, latencyMs: null },
    ...given,
  });
  const none = { predicts: false, label: null, confidence: null, latencyMs: null };
  const taking = (...answers: readonly (ReturnType<typeof answer> | typeof none)[]) => {
    const made = new SegmentTest(setup);
    for (const each of answers) made.take(each);
    return made;
  };
  /** A test alone, after these cases with what was allowed. */
  const processOf = (...taken: readonly (readonly [isCase: boolean, allowed: number])[]) => {
    const made = new CompactEProcess();
    for (const [isCase, allowed] of taken) made.add(isCase, allowed);
    return made.value;
  };
  const mean = (...values: readonly number[]) => Math.log(values.reduce((sum, value) => sum + value, 0) / 3);

  test("is that of each fault, against what is allowed after the answer before", () => {
    const { usual, again: after } = allowances.missing;
    const buy = allowances.labels.get("BUY") ?? Number.NaN;
    const made = taking(answer(), answer({ label: "SELL" }), answer({ label: null }), answer(), none, none);
    const labels = processOf([false, buy], [false, allowances.labels.get("SELL") ?? Number.NaN]);
    const missing = processOf(
      ...Array.from({ length: 4 }, () => [false, usual] as const),
      [true, usual],
      [true, after],
    );
    expect(made.logValue).toBeCloseTo(mean(labels, 1, missing), 12);
    expect([made.decisions, made.predictions, made.shareOf("BUY"), made.shareOf("SELL")]).toEqual([6, 4, 0.5, 0.25]);
  });

  test("is that of confidences near the one that leads", () => {
    const { usual, again: after } = allowances.confidence;
    const made = taking(...[0.6, 0.6, 0.2, 0.6, 0.2].map((confidence) => answer({ label: null, confidence })));
    const confidences = processOf([true, after], [false, after], [true, usual], [false, after]);
    const missing = processOf(...Array.from({ length: 5 }, () => [false, allowances.missing.usual] as const));
    expect(made.logValue).toBeCloseTo(mean(1, confidences, missing), 12);
    expect(made.unchanged).toBe(0.25);
  });

  test("names no fault while nothing speaks against the model", () => {
    expect(taking().fault).toBeNull();
    expect(taking(answer(), answer({ label: "SELL" })).fault).toBeNull();
    expect(taking(none).fault).toBe("no answer");
    expect(taking().unchanged).toBeNull();
    expect(taking(none).shareOf("BUY")).toBeNull();
  });

  test("is conclusive once, and says since which decision", () => {
    const made = new SegmentTest(setup);
    const proven = Array.from({ length: 60 }, () => made.take(none)).flatMap((isNew, index) =>
      isNew ? [index + 1] : [],
    );
    expect(proven).toHaveLength(1);
    expect(made.since).toBe(proven[0]);
    const needed = Math.min(proven[0] ?? 0, SegmentTest.decisionsUntilFrozen(setup, 1000) ?? 0);
    expect(new SegmentTest(setup).couldBeDeadAfter(needed)).toBe(true);
    expect(new SegmentTest(setup).couldBeDeadAfter(needed - 1)).toBe(false);
    expect(made.couldBeDeadAfter(0)).toBe(true);
  });

  test("a frozen answer is proven after as many decisions as are said to be needed, and not within fewer", () => {
    const needed = SegmentTest.decisionsUntilFrozen(setup, 1000) ?? Number.NaN;
    const frozen = (count: number) => taking(...Array.from({ length: count }, () => answer({ confidence: 0.5 })));
    expect(frozen(needed).since).toBe(needed);
    expect(frozen(needed - 1).since).toBeNull();
    expect(SegmentTest.decisionsUntilFrozen(setup, needed)).toBe(needed);
    expect(SegmentTest.decisionsUntilFrozen(setup, needed - 1)).toBeNull();
  });
});

describe("what is needed of a symbol", () => {
  const monitorOf = (models: readonly string[], symbols: number) => {
    const monitor = new SegmentMonitor({
      policy: DEFAULT_POLICY,
      models,
      dependence: () => "independent",
      alpha: 0.01,
    });
    const one = { predicts: true, label: "BUY", confidence: 0.5, latencyMs: null };
    for (let index = 0; index < symbols; index += 1)
      monitor.take(
        `S${String(index).padStart(3, "0")}`,
        models.map(() => one),
      );
    return monitor;
  };

  test("a model's part of the budget is that of all, divided by the models", () => {
    const threshold = (models: readonly string[]) => monitorOf(models, 1).segments().get("a")?.rows[0]?.threshold;
    expect(threshold(["a"])).toBeCloseTo(segmentThreshold(0.01, 0) / Math.LN10, 12);
    expect(threshold(["a", "b"])).toBeCloseTo(segmentThreshold(0.005, 0) / Math.LN10, 12);
    expect(() => monitorOf([], 1)).not.toThrow();
  });

  test("the first 32 symbols need fewer decisions than further ones", () => {
    const rows = monitorOf(["a"], 33).segments().get("a")?.rows ?? [];
    expect(new Set(rows.slice(0, 32).map(({ threshold }) => threshold)).size).toBe(1);
    expect(rows[32]?.threshold).toBeCloseTo(segmentThreshold(0.01, 32) / Math.LN10, 12);
    expect(rows.map(({ open }) => open)).toEqual(rows.map(() => "too few decisions"));
  });

  test("each symbol is open until it has its own number of decisions", () => {
    const monitor = monitorOf(["a"], 33);
    const needed = (index: number) =>
      SegmentTest.decisionsUntilFrozen(
        {
          allowances: allowancesOf(DEFAULT_POLICY, "independent", baselineRisk(0.01)),
          threshold: segmentThreshold(0.01, index),
        },
        1000,
      ) ?? Number.NaN;
    expect(monitor.segments().get("a")?.needed).toBe(needed(0));
    expect(needed(32)).toBeGreaterThan(needed(0));
    const row = (symbol: string) =>
      monitor
        .segments()
        .get("a")
        ?.rows.find((each) => each.symbol === symbol);
    for (const [symbol, index] of [
      ["S000", 0],
      ["S032", 32],
    ] as const) {
      const varied = (n: number) => ({
        predicts: true,
        label: ["BUY", "SELL", "HOLD"][n % 3] ?? "",
        confidence: (n % 7) / 7,
        latencyMs: null,
      });
      for (let n = 1; n < needed(index) - 1; n += 1) monitor.take(symbol, [varied(n)]);
      expect(row(symbol)).toMatchObject({ decisions: needed(index) - 1, open: "too few decisions", status: "unknown" });
      monitor.take(symbol, [varied(0)]);
      expect(row(symbol)).toMatchObject({ decisions: needed(index), open: null, status: "pass" });
    }
  });
});
