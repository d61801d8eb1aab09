import { fisherExactGreater, quantileInterval, sortedCopy, stdInterval, Moments } from "@qsc/stats";
import type { ModelReading, ModelBaseline } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_LABELS,
  DEFAULT_POLICY,
  judgeModel,
  Scorecard,
  verdictOf,
  type ModelContext,
} from "../src/index.js";
import { checkOf, context, healthy, prediction, scorecard } from "./support.js";

const failed = (n: number): Partial<ModelReading>[] => Array.from({ length: n }, () => ({ nonPrediction: "shadow" }));
const timed = (latencies: readonly number[]): Scorecard =>
  scorecard(healthy(latencies.length).map((answer, index) => ({ ...answer, latencyMs: latencies[index] ?? null })));
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

/** One condition of a check, by its measure. */
function condition(card: Scorecard, id: string, measure: string, given: Partial<ModelContext> = {}) {
  const found = checkOf(card, id, given).conditions.find((one) => one.measure === measure);
  if (found === undefined) throw new Error(`${id} has no ${measure}`);
  return found;
}

describe("with nothing to measure", () => {
  test("no statistic has a value, as read or in the worst case", () => {
    const { checks } = judgeModel(scorecard([]), context({ rejected: 3 }));
    const conditions = checks.flatMap((check) => check.conditions);
    expect(conditions).toHaveLength(10);
    for (const { value, worst, status } of conditions) expect([value, worst, status]).toEqual([null, null, "unknown"]);
  });

  test("a baseline does not compensate for that", () => {
    const baseline: ModelBaseline = { predictions: 100, nonPredictions: 1, latencyP95Ms: 5 };
    const given = { baseline, rejected: 5 };
    expect(checkOf(scorecard([]), "error_rate_spike", given).status).toBe("unknown");
    expect(checkOf(scorecard([]), "latency_spike", given).status).toBe("unknown");
    expect(condition(scorecard(healthy(9)), "latency_spike", "latencyRatio", given)).toMatchObject({
      value: null,
      worst: null,
    });
  });

  test("one prediction is enough for values", () => {
    const card = timed([7]);
    const value = (id: string) => checkOf(card, id).conditions.map((one) => [one.value, one.worst]);
    expect(value("narrow_range")).toEqual([[0, 0]]);
    expect(value("action_collapse")).toEqual([[1, 1]]);
    expect(value("error_rate_spike")).toEqual([[0, 0]]);
    expect(value("latency_spike")).toEqual([[7, 7]]);
    const { stats } = judgeModel(card, context());
    expect(stats.shares).toEqual({ BUY: 1, SELL: 0, HOLD: 0 });
  });

  test("shares without predictions are unknown, not zero", () => {
    expect(judgeModel(scorecard([]), context()).stats.shares).toEqual({ BUY: null, SELL: null, HOLD: null });
  });

  test("results that are unknown for lack of predictions are reported once, and waived if version 1 cannot carry them", () => {
    const { reasons, checks } = judgeModel(scorecard([]), context({ minEvents: 200 }));
    expect(reasons).toEqual(["insufficient_data: 0 predictions; at least 200 are needed"]);
    expect(checks.filter(({ waived }) => waived).map(({ id }) => id)).toEqual(["mixed_artifact", "latency_spike"]);
  });

  test("results that are unknown for a single prediction are reported", () => {
    const { reasons } = judgeModel(scorecard([{}]), context({ rejected: 1 }));
    expect(reasons.filter((reason) => reason.includes("could not be read"))).toHaveLength(2);
  });

  test("without any checks there is no pass", () => {
    expect(verdictOf([])).toBe("unknown");
  });
});

describe("unreadable entries count as the worst case", () => {
  const card = scorecard([...healthy(300), ...failed(10)]);
  const given = { absent: 5, rejected: 4 };
  const std = Number(condition(card, "constant_output", "std").value);

  test("for shares: rejected events all had the label and are counted; absent ones gave no answer", () => {
    expect(condition(card, "action_collapse", "largestShare", given)).toMatchObject({
      value: 100 / 300,
      worst: 104 / 304,
    });
    expect(condition(card, "dead_zone", "neutralShare", given)).toMatchObject({ value: 100 / 300, worst: 104 / 304 });
    expect(condition(card, "confidence_collapse", "modeShare", given)).toMatchObject({
      value: 1 / 300,
      worst: 5 / 304,
    });
  });

  test("for the deviation: they were all at the mean", () => {
    expect(condition(card, "constant_output", "std", given).worst).toBe(std * Math.sqrt(300 / 304));
  });

  test("an event that does not name the model is an absence: a non-prediction that leaves no other check unknown", () => {
    const one = judgeModel(scorecard(healthy(299)), context({ absent: 1 }));
    expect(one.verdict, one.reasons.join("; ")).toBe("pass");
    expect(one.nonPredictionReasons).toEqual([{ what: "absent", count: 1, sample: null }]);
    expect(one.checks.find(({ id }) => id === "error_rate_spike")).toMatchObject({ status: "pass", value: 1 / 300 });
    const many = judgeModel(scorecard(healthy(280)), context({ absent: 20 }));
    expect(many.reasons).toEqual([
      "error_rate_spike: share of non-predictions is 6.67 % of 300 answers; at most 5 % is allowed",
    ]);
  });

  test("reasons for non-predictions are listed most frequent first, with absence among them", () => {
    const reasons = (absent: number) => {
      const answers = [
        ...healthy(20),
        ...Array.from({ length: 9 }, () => ({ nonPrediction: "error: x" })),
        ...Array.from({ length: 2 }, () => ({ nonPrediction: "shadow" })),
      ];
      return judgeModel(scorecard(answers), context({ absent })).nonPredictionReasons.map(
        ({ what, count }) => `${what} ${count}`,
      );
    };
    expect(reasons(5)).toEqual(["error: x 9", "absent 5", "shadow 2"]);
    expect(reasons(12)).toEqual(["absent 12", "error: x 9", "shadow 2"]);
    expect(reasons(0)).toEqual(["error: x 9", "shadow 2"]);
  });

  test("for availability: absent events are known to be lost, rejected ones only in the worst case", () => {
    expect(condition(card, "error_rate_spike", "nonPredictionShare", given)).toMatchObject({
      value: 15 / 315,
      worst: 19 / 319,
    });
    const baseline: ModelBaseline = { predictions: 400, nonPredictions: 12, latencyP95Ms: null };
    expect(condition(card, "error_rate_spike", "errorRiseP", { ...given, baseline })).toMatchObject({
      value: fisherExactGreater(15, 315, 12, 412),
      worst: fisherExactGreater(19, 319, 12, 412),
    });
  });

  test("for latency: they were slower than all that were read", () => {
    const { value, worst } = condition(timed(upTo(101)), "latency_spike", "latencyP95", { rejected: 2 });
    expect(value).toBe(96);
    expect(worst).toBeCloseTo(97.9, 9);
    expect(condition(timed(upTo(20)), "latency_spike", "latencyP95", { rejected: 1 }).worst).toBe(20);
    expect(condition(timed(upTo(20)), "latency_spike", "latencyP95", { rejected: 2 }).worst).toBe(Number.MAX_VALUE);
  });

  test("a latency beyond 10^7 ms is reported as 10^7 ms", () => {
    expect(checkOf(timed([9e6, 2e7, 2e7, 2e7]), "latency_spike")).toMatchObject({ status: "violation", value: 1e7 });
  });

  test("never counts as better than the entries that were read", () => {
    const answer = fc.record({
      action: fc.constantFrom("BUY", "SELL", "HOLD"),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      latencyMs: fc.option(fc.double({ min: 0, max: 2000, noNaN: true }), { freq: 9 }),
      nonPrediction: fc.option(fc.constant("shadow"), { freq: 1 }),
    });
    const baseline: ModelBaseline = { predictions: 50, nonPredictions: 2, latencyP95Ms: 40 };
    fc.assert(
      fc.property(
        fc.array(answer, { minLength: 1, maxLength: 60 }),
        fc.nat(20),
        fc.nat(20),
        (answers, absent, rejected) => {
          const { checks } = judgeModel(scorecard(answers), context({ absent, rejected, baseline }));
          for (const { measure, value, worst, violatedWhen } of checks.flatMap((check) => check.conditions)) {
            if (value === null || worst === null) continue;
            const better = violatedWhen === "below" ? worst - value : value - worst;
            expect([measure, better <= 1e-12]).toEqual([measure, true]);
          }
        },
      ),
    );
  });
});

describe("checks 7 and 8 against a baseline", () => {
  test("a baseline without latencies leaves only the absolute limit of latency", () => {
    const baseline: ModelBaseline = { predictions: 500, nonPredictions: 0, latencyP95Ms: null };
    const check = checkOf(timed(upTo(60)), "latency_spike", { baseline });
    expect(check.status).toBe("pass");
    expect(check.conditions.map(({ measure }) => measure)).toEqual(["latencyP95"]);
  });

  test("an empty baseline proves nothing and excuses nothing", () => {
    const baseline: ModelBaseline = { predictions: 0, nonPredictions: 0, latencyP95Ms: null };
    expect(checkOf(scorecard(healthy(200)), "error_rate_spike", { baseline }).status).toBe("unknown");
    const many = scorecard([...healthy(100), ...failed(50)]);
    expect(checkOf(many, "error_rate_spike", { baseline })).toMatchObject({ status: "violation", value: 1 / 3 });
  });

  test("of two violations, the first one in the table is reported", () => {
    const baseline: ModelBaseline = { predictions: 500, nonPredictions: 0, latencyP95Ms: 5 };
    expect(checkOf(timed(upTo(60).map(() => 2000)), "latency_spike", { baseline })).toMatchObject({
      value: 2000,
      limit: 1000,
    });
  });

  test("50 ms is not above the floor of 50 ms", () => {
    const before = (latencyP95Ms: number): ModelBaseline => ({ predictions: 500, nonPredictions: 0, latencyP95Ms });
    const ratio = (ms: number, than: number) =>
      condition(timed(upTo(200).map(() => ms)), "latency_spike", "latencyRatio", { baseline: before(than) }).value;
    expect(ratio(50, 5)).toBe(0);
    expect(ratio(50.5, 5)).toBeCloseTo(10.1, 12);
    expect(ratio(60, 1)).toBe(60);
    expect(ratio(60, 0)).toBe(Number.MAX_VALUE);
    expect(ratio(60, Number.MIN_VALUE)).toBe(Number.MAX_VALUE);
  });
});

describe("intervals", () => {
  const between = (interval: { low: number; high: number } | null) => ({
    low: interval?.low,
    high: interval?.high,
    confidence: 0.95,
  });
  const values = healthy(300).map(({ confidence }) => Number(confidence));
  const sorted = sortedCopy(values);
  const card = scorecard(
    values.map((confidence, index) => ({ confidence, latencyMs: index, action: index < 180 ? "BUY" : "SELL" })),
  );

  test("of a share is Wilson's, at 95 %", () => {
    const z = 1.959963984540054;
    const centre = (0.6 + z ** 2 / 600) / (1 + z ** 2 / 300);
    const half = (z * Math.sqrt((0.6 * 0.4) / 300 + z ** 2 / (4 * 300 ** 2))) / (1 + z ** 2 / 300);
    const { interval } = checkOf(card, "action_bias");
    expect(interval?.low).toBeCloseTo(centre - half, 9);
    expect(interval?.high).toBeCloseTo(centre + half, 9);
    expect(interval?.confidence).toBe(0.95);
  });

  test("exists for the deviation and for P95 latency", () => {
    expect(condition(card, "constant_output", "std").interval).toMatchObject(
      between(stdInterval(Moments.of(sorted), 0.95)),
    );
    const slow = sortedCopy(values.map((_, index) => index));
    expect(checkOf(card, "latency_spike").interval).toMatchObject(between(quantileInterval(slow, 0.95, 0.95)));
  });

  test("of the range uses both quantiles at 97.5 %", () => {
    const many = healthy(5000);
    const sample = sortedCopy(many.map(({ confidence }) => Number(confidence)));
    const low = quantileInterval(sample, 0.1, 0.975);
    const high = quantileInterval(sample, 0.9, 0.975);
    expect(checkOf(scorecard(many), "narrow_range").interval).toEqual({
      low: Number(high?.low) - Number(low?.high),
      high: Number(high?.high) - Number(low?.low),
      confidence: 0.95,
    });
  });

  test("does not exist without predictions", () => {
    expect(checkOf(scorecard([]), "narrow_range").interval).toBeNull();
    expect(checkOf(scorecard([]), "action_bias").interval).toBeNull();
  });
});

test("a range is never negative, although quantiles of a large sample are only known within bounds", () => {
  const card = scorecard(
    Array.from({ length: 20_002 }, (_, index) => ({ confidence: index % 2 === 0 ? 0.61502 : 0.61507 })),
  );
  const check = checkOf(card, "narrow_range");
  expect(check).toMatchObject({ status: "violation", value: 0 });
  expect(check.interval?.low).toBe(0);
});

test("P10 and P90 in the statistics are those of the confidences", () => {
  const card = scorecard(Array.from({ length: 101 }, (_, index) => ({ confidence: index / 128 })));
  expect(judgeModel(card, context()).stats).toMatchObject({ p10: 10 / 128, p90: 90 / 128, min: 0, max: 100 / 128 });
});

describe("how exact a scorecard says it is", () => {
  const exactness = ({ isApart, isExact }: Scorecard) => ({ isApart, isExact });

  test("kinds are counted together from the hundredth on, whatever else is exact", () => {
    const reasons = (n: number) => scorecard(upTo(n).map((index) => ({ nonPrediction: `error: ${index}` })));
    expect(exactness(reasons(99))).toEqual({ isApart: true, isExact: true });
    expect(exactness(reasons(100))).toEqual({ isApart: false, isExact: false });
  });

  test("confidences are binned from the 20,001st on, whatever else is exact", () => {
    const many = (n: number) =>
      scorecard(upTo(n).map((index) => ({ action: ["BUY", "SELL"][index % 2] ?? "", confidence: index / n })));
    expect(exactness(many(20_000))).toEqual({ isApart: true, isExact: true });
    expect(exactness(many(20_001))).toEqual({ isApart: true, isExact: false });
  });
});

test("the newest prediction of a scorecard may be from the year 1970", () => {
  const card = scorecard([]);
  const newest = [null, 0, null, 5, 3].map((atMs, index) => {
    card.add(prediction(), `${index}-0`, atMs);
    return card.newestMs;
  });
  expect(newest).toEqual([null, 0, 0, 5, 5]);
});

describe("what the report shows", () => {
  test("of two equally frequent labels, the first in the set", () => {
    const card = scorecard(
      healthy(200).map((answer, index) => ({ ...answer, action: index % 2 === 0 ? "BUY" : "SELL" })),
    );
    expect(checkOf(card, "action_bias").reason).toContain("share of BUY");
  });

  test("without any answer, that there is no largest label", () => {
    expect(checkOf(scorecard([]), "action_bias").reason).toContain("the largest label");
  });

  test("three kinds of faults, and how many more there are", () => {
    const card = scorecard([...healthy(300), ...upTo(5).map((index) => ({ confidence: index + 1 }))]);
    expect(checkOf(card, "invalid_confidence").reason).toMatch(/confidence 4 \(1 x, first 302-0\) and 2 more kinds$/);
  });

  test("which artifacts answered, and the confidences of each label", () => {
    const card = scorecard([{ artifactSha256: "a1" }, { artifactSha256: null }, { action: "HODL" }]);
    expect(judgeModel(card, context()).artifacts).toEqual(["a1"]);
    expect([...card.byLabel].map(([label, sample]) => [label, sample.n])).toEqual([["BUY", 2]]);
  });

  test("leaving out the confidences of each label does not change the judgement", () => {
    const [kept, left] = [true, false].map((byLabel) => {
      const card = new Scorecard("m", { labels: DEFAULT_LABELS, scale: "probability", byLabel });
      healthy(300).forEach((answer, index) => {
        card.add(prediction(answer), `${index}-0`);
      });
      return card;
    });
    expect([kept!.byLabel.size, left!.byLabel.size]).toEqual([3, 0]);
    expect(judgeModel(left!, context())).toEqual(judgeModel(kept!, context()));
  });
});

const NOT_A_HASH = { invalid: '"9f86d081884c7d659a2feaa0c55ad015"' };
test.each([
  [[null], "unknown", true, 0],
  [["a"], "pass", false, 1],
  [["a", "b"], "violation", false, 2],
  [["a", "b", "c"], "violation", false, 3],
  [["a", null], "unknown", false, 1],
  [[NOT_A_HASH], "unknown", false, 0],
  [["a", NOT_A_HASH], "unknown", false, 1],
  [[NOT_A_HASH, null], "unknown", false, 0],
  [["a", "b", NOT_A_HASH, null], "violation", false, 2],
] as const)("predictions of the model files %j: %s, waived %s", (files, status, waived, value) => {
  const answers = healthy(300).map((answer, index) => ({
    ...answer,
    artifactSha256: files[index % files.length] ?? null,
  }));
  expect(checkOf(scorecard(answers), "mixed_artifact")).toMatchObject({ status, waived, value });
});

test("a single unreadable event could have been from another file", () => {
  const answers = healthy(300).map((answer) => ({ ...answer, artifactSha256: "a" }));
  const found = checkOf(scorecard(answers), "mixed_artifact", { rejected: 1 });
  expect(found).toMatchObject({
    status: "unknown",
    waived: false,
    reason: expect.stringContaining("could hold another file") as string,
  });
});

test("only predictions name a file: an inactive model has none, so it mixes nothing", () => {
  const answers = [...healthy(300).map((answer) => ({ ...answer, artifactSha256: "a" })), ...failed(3)];
  expect(checkOf(scorecard(answers), "mixed_artifact").status).toBe("pass");
});

test("swapping any hash of one file for another form, or for none, is never a pass", () => {
  const form = fc.constantFrom<ModelReading["artifactSha256"]>("b", null, NOT_A_HASH);
  fc.assert(
    fc.property(fc.array(fc.option(form, { nil: undefined, freq: 3 }), { minLength: 2, maxLength: 40 }), (swaps) => {
      const swapped = swaps.filter((swap) => swap !== undefined).length;
      fc.pre(swapped > 0 && swapped < swaps.length);
      const answers = swaps.map((swap) => ({ artifactSha256: swap === undefined ? "a" : swap }));
      const { status, waived } = checkOf(scorecard(answers), "mixed_artifact");
      expect([status === "pass", waived]).toEqual([false, false]);
    }),
  );
});

describe("a policy's own check", () => {
  const own = { ...DEFAULT_POLICY, checks: [{ id: "own", violatedWhen: "std < 0.01" }] };
  test.each([
    [0, "pass"],
    [1, "unknown"],
    [2, "unknown"],
  ])("that is false for the entries read, with %i unread, is %s", async (rejected, status) => {
    const compiled = await compilePolicy(own);
    expect(checkOf(scorecard(healthy(300)), "own", { ...compiled, rejected }).status).toBe(status);
  });
});
