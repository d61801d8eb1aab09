import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAbove, isBelow } from "@qsc/stats";
import {
  CHECKS,
  DegeneracyDetector,
  judgeTelemetry,
  compilePolicy,
  DEFAULT_POLICY,
  TelemetryCard,
  type Condition,
} from "../src/index.js";
import { sayAgainst, type Unit } from "../src/checks/words.js";
import { checkOf, EIGHT_LABELS, healthy, intent, prediction, scorecard, withLimits } from "./support.js";

const UNITS: readonly Unit[] = ["number", "percent", "ms", "times"];
const positive = fc.double({ min: 1e-7, max: 1e6, noNaN: true });
/** Beyond the limit by a factor between far more than rounding and five. */
const factor = fc
  .tuple(fc.integer({ min: -9, max: 0 }), fc.boolean())
  .map(([digits, up]) => (up ? 1 + 10 ** digits : 1 - 10 ** digits * 0.9));

/** A moment soon after the only event: nothing but the ensemble is judged in these tests. */
const QUIET = {
  asOfMs: 1_000_000,
  nowMs: 1e12,
  sinceMs: null,
  sourceClockOffsetMs: { low: 0, high: 0 },
  gaps: [],
  minEvents: 1,
};

describe("a sentence about a value and its limit", () => {
  test("never prints the same number for both when one is beyond the other", () => {
    fc.assert(
      fc.property(positive, factor, fc.constantFrom(...UNITS), (limit, by, unit) => {
        const value = limit * by;
        fc.pre(isAbove(value, limit) || isBelow(value, limit));
        const told = sayAgainst(value, limit, unit);
        const [said, bound] = [Number.parseFloat(told.value), Number.parseFloat(told.limit)];
        expect(Math.sign(said - bound)).toBe(Math.sign(value - limit));
      }),
      { numRuns: 2000 },
    );
  });

  test("prints no extra digits when they are far apart, or equal except for rounding", () => {
    expect(sayAgainst(0.8, 0.7, "percent")).toEqual({ value: "80 %", limit: "70 %" });
    expect(sayAgainst(0.05000000000000001, 0.05, "number")).toEqual({ value: "0.05", limit: "0.05" });
    expect(sayAgainst(14_001 / 20_000, 0.7, "percent")).toEqual({ value: "70.005 %", limit: "70 %" });
    expect(sayAgainst(0.00009999, 0.0001, "number").value).toBe("9.999e-5");
    expect(sayAgainst(Number.MAX_VALUE, 2, "times")).toEqual({ value: "without bound", limit: "2 x" });
  });

  test("14,001 of 20,000 are not printed as 70 % if at most 70 % are allowed", () => {
    const answers = healthy(20_000).map((answer, index) => ({
      ...answer,
      action: index < 14_001 ? "BUY" : index % 2 === 0 ? "SELL" : "HOLD",
    }));
    expect(checkOf(scorecard(answers), "action_collapse")).toMatchObject({
      status: "violation",
      reason: "share of BUY is 70.005 % of 20000 predictions; at most 70 % is allowed",
    });
    const kept = answers.map((answer, index) => ({ ...answer, action: index === 14_000 ? "HOLD" : answer.action }));
    expect(checkOf(scorecard(kept), "action_collapse")).toMatchObject({
      status: "pass",
      reason: "share of BUY is 70 % of 20000 predictions; at most 70 % is allowed",
    });
  });

  /** A limit that nothing can exceed: a share is at most 1. */
  const aside = ({ measure, violatedWhen }: Condition): number =>
    violatedWhen === "below" ? 0 : measure.endsWith("Share") ? 1 : Number.MAX_VALUE;

  test("is right for each condition of each check, even in the worst case", () => {
    const answers = healthy(300).map((answer, index) => ({ ...answer, latencyMs: 80 + (index % 17) }));
    const failed = Array.from({ length: 12 }, () => ({ nonPrediction: "shadow" }));
    const card = scorecard([...answers, ...failed], EIGHT_LABELS);
    const baseline = { predictions: 990, nonPredictions: 10, latencyP95Ms: 60, entropy: 0.9 };
    const policyWith = (limits: Readonly<Record<string, number>>) => ({ ...withLimits(limits), labels: EIGHT_LABELS });
    for (const check of CHECKS) {
      for (const { measure, violatedWhen } of check.anyOf) {
        for (const rejected of [0, 2]) {
          const all = Object.fromEntries(check.anyOf.map((other) => [`${check.id}.${other.measure}`, aside(other)]));
          const found = checkOf(card, check.id, { baseline, rejected, policy: policyWith(all) }).conditions.find(
            (each) => each.measure === measure,
          );
          const worst = found?.worst ?? Number.NaN;
          const limit = worst * (violatedWhen === "below" ? 1 + 3e-8 : 1 - 3e-8);
          const { status, reason } = checkOf(card, check.id, {
            baseline,
            rejected,
            policy: policyWith({ ...all, [`${check.id}.${measure}`]: limit }),
          });
          expect(status).toBe("violation");
          const numbers = [...reason.matchAll(/(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?/g)].map(([text]) => text);
          const printed = numbers.at(-1);
          expect({ reason, times: numbers.filter((text) => text === printed).length }).toEqual({ reason, times: 1 });
        }
      }
    }
  });
});

describe("a value that equals its limit in decimal", () => {
  /** Confidences of `mean` percent plus and minus 5 percent, rounded the way a writer does it. */
  const around = (mean: number) =>
    Array.from({ length: 300 }, (_, index) => ({
      action: ["BUY", "SELL", "HOLD"][index % 3] ?? "HOLD",
      confidence: Number(((mean + (index % 2 === 0 ? 5 : -5)) / 100).toFixed(2)),
    }));

  test("a deviation of exactly 0.05 passes, whatever the mean", () => {
    const failed = Array.from({ length: 91 }, (_, index) => index + 5).filter((mean) => {
      const deviation = checkOf(scorecard(around(mean)), "confidence_collapse").conditions.find(
        ({ measure }) => measure === "std",
      );
      return deviation?.status !== "pass";
    });
    expect(failed).toEqual([]);
  });

  test("an agreement of exactly 80 %, over ensembles of three sizes, is within its bounds", async () => {
    const card = new TelemetryCard(DEFAULT_POLICY);
    // The largest vote and the number of voters, decision by decision: 1/3 + 11/5 + 28/6 over 9 decisions are 80 %.
    const decisions = [
      [1, 3],
      [4, 5],
      [4, 5],
      [3, 5],
      [6, 6],
      [6, 6],
      [6, 6],
      [5, 6],
      [5, 6],
    ] as const;
    for (const [index, [most, voters]] of decisions.entries()) {
      const rest = ["SELL", "HOLD"];
      card.add(
        intent(
          index,
          Array.from({ length: voters }, (_, at) =>
            prediction({ model: `m${at}`, action: at < most ? "BUY" : (rest[at % 2] ?? "") }),
          ),
        ),
      );
    }
    const { ensemble } = judgeTelemetry(card, await compilePolicy(DEFAULT_POLICY), QUIET);
    expect(ensemble.agreement).toBeCloseTo(0.8, 12);
    expect(ensemble.checks.find(({ id }) => id === "agreement")?.status).toBe("pass");
  });

  test.each([
    ["agreement.least", 0.550001, "the models agree to 55 %; between 55.0001 % and 80 % is healthy"],
    ["agreement.most", 0.549999, "the models agree to 55 %; between 50 % and 54.9999 % is healthy"],
  ])(
    "an agreement of 55 %% that is beyond %s by a millionth is distinguished from it",
    async (limit, value, sentence) => {
      const policy = {
        ...DEFAULT_POLICY,
        limits: { ...DEFAULT_POLICY.limits, "agreement.least": 0.5, [limit]: value },
      };
      const card = new TelemetryCard(policy);
      card.add(
        intent(
          0,
          Array.from({ length: 20 }, (_, at) => prediction({ model: `m${at}`, action: at < 11 ? "BUY" : "HOLD" })),
        ),
      );
      const [check] = judgeTelemetry(card, await compilePolicy(policy), QUIET).ensemble.checks;
      expect(check).toMatchObject({ status: "violation", reason: sentence });
    },
  );

  test("one label with a deviation of exactly 0.02 is healthy in the serving process, whatever the mean", () => {
    const degenerate = Array.from({ length: 91 }, (_, index) => index + 5).filter((mean) => {
      const detector = new DegeneracyDetector({ window: 20 });
      for (let index = 0; index < 20; index += 1)
        detector.observe("BUY", Number(((mean + (index % 2 === 0 ? 2 : -2)) / 100).toFixed(2)));
      return detector.state === "degenerate";
    });
    expect(degenerate).toEqual([]);
  });

  test("a degenerate model that returns to exactly the margin has recovered, whatever the mean", () => {
    const stuck = Array.from({ length: 91 }, (_, index) => index + 5).filter((mean) => {
      const detector = new DegeneracyDetector({ window: 20 });
      for (let index = 0; index < 20; index += 1) detector.observe("BUY", mean / 100);
      for (let index = 0; index < 20; index += 1)
        detector.observe("BUY", Number(((mean + (index % 2 === 0 ? 3 : -3)) / 100).toFixed(2)));
      return detector.state === "degenerate";
    });
    expect(stuck).toEqual([]);
  });
});
