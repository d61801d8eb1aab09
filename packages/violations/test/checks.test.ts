import type { ModelReading, ModelBaseline } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { CHECKS, DEFAULT_POLICY, judgeModel, type Scorecard } from "../src/index.js";
import { checkOf, context, EIGHT_LABELS, healthy, scorecard, withLimits } from "./support.js";

/** The table of the specification, written down independently. */
const SPECIFIED = [
  ["constant_output.std", "below", 0.01],
  ["constant_output.range", "below", 0.001],
  ["action_bias.tradingShare", "above", 0.85],
  ["dead_zone.neutralShare", "above", 0.85],
  ["narrow_range.range", "below", 0.12],
  ["action_collapse.largestShare", "above", 0.7],
  ["action_collapse.entropy", "below", 0.3],
  ["action_collapse.entropyRatio", "below", 0.5],
  ["confidence_collapse.std", "below", 0.05],
  ["confidence_collapse.modeShare", "above", 0.5],
  ["error_rate_spike.nonPredictionShare", "above", 0.05],
  ["error_rate_spike.errorRiseP", "below", 0.001],
  ["latency_spike.latencyP95", "above", 1000],
  ["latency_spike.latencyRatio", "above", 2],
] as const;

const baseline: ModelBaseline = { predictions: 990, nonPredictions: 10, latencyP95Ms: 60, entropy: 0.9 };

/** Evidence for which every measure has a value that is neither 0 nor at a limit. */
function mixed(): Scorecard {
  const answers: Partial<ModelReading>[] = healthy(300).map((answer, index) => ({
    ...answer,
    latencyMs: 80 + (index % 17),
  }));
  const failed = Array.from({ length: 12 }, () => ({ nonPrediction: "inactive: timeout", voted: false }));
  return scorecard([...answers, ...answers.slice(0, 30), ...failed], EIGHT_LABELS);
}

describe.each(SPECIFIED)("%s", (key, violatedWhen) => {
  const [id = "", measure = ""] = key.split(".");
  const card = mixed();
  const policyWith = (limits: Readonly<Record<string, number>>) => ({ ...withLimits(limits), labels: EIGHT_LABELS });
  const measured = checkOf(card, id, { baseline, policy: policyWith({}) }).conditions.find(
    (c) => c.measure === measure,
  );
  const value = measured?.value ?? Number.NaN;
  /** Keeps every other condition of the check within its limit. */
  const others = Object.fromEntries(
    SPECIFIED.filter(([other]) => other.startsWith(`${id}.`) && other !== key).map(([other, when]) => [
      other,
      when === "below" ? 0 : other.startsWith("latency") ? Number.MAX_VALUE : 1,
    ]),
  );
  const statusAt = (limit: number) => checkOf(card, id, { baseline, policy: policyWith({ ...others, [key]: limit }) });
  const away = Math.max(Math.abs(value), 1e-9) * 1e-9;

  test("has a value to compare", () => {
    expect(Number.isFinite(value)).toBe(true);
  });

  test("passes exactly at its limit", () => {
    expect(statusAt(value).status).toBe("pass");
  });

  test("is violated just beyond its limit, and says value, limit and n", () => {
    const limit = violatedWhen === "below" ? value + away : value - away;
    const result = statusAt(limit);
    expect(result).toMatchObject({ status: "violation", value, limit });
    expect(result.n).toBeGreaterThan(0);
    expect(result.reason).toContain(violatedWhen === "below" ? "at least" : "at most");
  });

  test("passes just within its limit", () => {
    const limit = violatedWhen === "below" ? value - away : value + away;
    expect(statusAt(limit).status).toBe("pass");
  });
});

/** n answers of which `count` are `label`, the rest alternating between the other two. */
function labelled(n: number, label: string, count: number): Scorecard {
  const others = ["BUY", "SELL", "HOLD"].filter((other) => other !== label);
  return scorecard(
    healthy(n).map((answer, index) => ({
      ...answer,
      action: index < count ? label : (others[index % 2] ?? ""),
    })),
  );
}

describe("a collapse onto two of many labels", () => {
  /** 200 answers, 60 % of one label and 40 % of another, of this number of possible ones. */
  const collapsed = (possible: number) => {
    const acting = Array.from({ length: possible }, (_, at) => `L${at}`);
    const labels = { acting, abstaining: [] };
    const card = scorecard(
      healthy(200).map((answer, index) => ({ ...answer, action: index < 120 ? "L0" : "L1" })),
      labels,
    );
    return (entropy: number | null) =>
      checkOf(card, "action_collapse", {
        policy: { ...DEFAULT_POLICY, labels },
        baseline: { predictions: 500, nonPredictions: 0, latencyP95Ms: null, entropy },
      });
  };

  test("is a violation of thirty labels, and is said to be one", () => {
    const { status, reason, conditions } = collapsed(30)(null);
    expect(status).toBe("violation");
    expect(reason).toBe("normalized entropy of the labels is 0.197875 (n = 200); at least 0.3 is needed");
    expect(conditions.map(({ measure }) => measure)).toEqual(["largestShare", "entropy"]);
  });

  test("is one of nine only against a baseline that used more of them", () => {
    expect(collapsed(9)(null).status).toBe("pass");
    expect(collapsed(9)(0.6).status).toBe("pass");
    expect(collapsed(9)(0.7).status).toBe("violation");
  });

  test("against a baseline that used one label alone, or none, only the fixed limit decides", () => {
    for (const entropy of [0, null])
      expect(collapsed(9)(entropy).conditions.map(({ measure }) => measure)).toEqual(["largestShare", "entropy"]);
  });

  test("without an answer, is unknown", () => {
    const labels = { acting: Array.from({ length: 9 }, (_, at) => `L${at}`), abstaining: [] };
    const { status, conditions } = checkOf(scorecard([], labels), "action_collapse", {
      policy: { ...DEFAULT_POLICY, labels },
      baseline,
    });
    expect(status).toBe("unknown");
    expect(conditions.map(({ value, worst }) => [value, worst])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
  });

  test("with fewer than eight labels nothing changes: the largest share decides alone", () => {
    for (const possible of [2, 3, 7])
      expect(collapsed(possible)(1)).toMatchObject({
        status: "pass",
        conditions: [{ measure: "largestShare", status: "pass" }],
      });
  });
});

describe("built-in limits on real counts", () => {
  test.each([
    ["action_bias", "BUY", 170, "pass"],
    ["action_bias", "BUY", 171, "violation"],
    ["action_bias", "SELL", 171, "violation"],
    ["action_bias", "HOLD", 200, "pass"],
    ["dead_zone", "HOLD", 170, "pass"],
    ["dead_zone", "HOLD", 171, "violation"],
    ["dead_zone", "BUY", 200, "pass"],
    ["action_collapse", "SELL", 140, "pass"],
    ["action_collapse", "SELL", 141, "violation"],
    ["action_collapse", "HOLD", 141, "violation"],
  ])("%s: %s %i of 200 is a %s", (id, label, count, status) => {
    expect(checkOf(labelled(200, label, count), id).status).toBe(status);
  });

  test.each([
    [10, 190, "pass"],
    [11, 189, "violation"],
  ])("%i non-predictions among %i predictions are a %s", (failed, good, status) => {
    const card = scorecard([...healthy(good), ...Array.from({ length: failed }, () => ({ nonPrediction: "shadow" }))]);
    expect(checkOf(card, "error_rate_spike").status).toBe(status);
  });

  test("the same value to 4 decimals in more than half of the answers is a collapse; in exactly half it is not", () => {
    const spread = healthy(200).map(({ confidence }) => Number(confidence));
    const repeated = (count: number) =>
      scorecard(spread.map((value, index) => ({ confidence: index < count ? 0.61502 + (index % 9) * 1e-6 : value })));
    expect(checkOf(repeated(99), "confidence_collapse").status).toBe("pass");
    expect(checkOf(repeated(110), "confidence_collapse").status).toBe("violation");
  });

  test("a constant output violates every check of the confidence's spread", () => {
    const verdict = judgeModel(scorecard(Array.from({ length: 300 }, () => ({ confidence: 0.615 }))), context());
    const violated = verdict.checks.filter(({ status }) => status === "violation").map(({ id }) => id);
    expect(violated).toEqual([
      "constant_output",
      "action_bias",
      "narrow_range",
      "action_collapse",
      "confidence_collapse",
    ]);
    expect(verdict.stats.std).toBe(0);
  });

  test("more non-predictions than the baseline explains are a violation below 5 %", () => {
    const card = scorecard([...healthy(1000), ...Array.from({ length: 30 }, () => ({ nonPrediction: "shadow" }))]);
    const few: ModelBaseline = { predictions: 2000, nonPredictions: 2, latencyP95Ms: null };
    const many: ModelBaseline = { predictions: 2000, nonPredictions: 60, latencyP95Ms: null };
    expect(checkOf(card, "error_rate_spike").status).toBe("pass");
    expect(checkOf(card, "error_rate_spike", { baseline: few }).status).toBe("violation");
    expect(checkOf(card, "error_rate_spike", { baseline: many }).status).toBe("pass");
  });

  test("a multiple of the baseline's latency counts only above the floor of 50 ms", () => {
    const at = (ms: number) => scorecard(healthy(200).map((answer) => ({ ...answer, latencyMs: ms })));
    const fast: ModelBaseline = { predictions: 500, nonPredictions: 0, latencyP95Ms: 5 };
    expect(checkOf(at(49), "latency_spike", { baseline: fast }).status).toBe("pass");
    expect(checkOf(at(51), "latency_spike", { baseline: fast }).status).toBe("violation");
    expect(checkOf(at(1001), "latency_spike").status).toBe("violation");
    expect(checkOf(at(1000), "latency_spike").status).toBe("pass");
  });
});

describe("unknown is an answer of its own", () => {
  test("no prediction leaves the statistics unknown, and the model fails", () => {
    const verdict = judgeModel(scorecard([]), context({ minEvents: 200 }));
    expect(verdict.verdict).toBe("fail");
    const status = (id: string) => verdict.checks.find((check) => check.id === id)?.status;
    expect(status("constant_output")).toBe("unknown");
    expect(status("action_collapse")).toBe("unknown");
    expect(status("insufficient_data")).toBe("violation");
    expect(verdict.stats).toMatchObject({ n: 0, std: null, mean: null, p10: null });
  });

  test("without latencies check 8 is unknown: waived in version 1, but not where it is required", () => {
    const card = scorecard(healthy(300));
    expect(checkOf(card, "latency_spike")).toMatchObject({ status: "unknown", waived: true, value: null });
    expect(judgeModel(card, context()).verdict).toBe("pass");
    expect(judgeModel(card, context({ latencyRequired: true })).verdict).toBe("unknown");
  });

  test("predictions without a latency count as the slowest", () => {
    const some = healthy(300).map((answer, index) => ({ ...answer, latencyMs: index < 280 ? 3 : null }));
    expect(checkOf(scorecard(some), "latency_spike").status).toBe("violation");
    const nearlyAll = healthy(300).map((answer, index) => ({ ...answer, latencyMs: index < 290 ? 3 : null }));
    expect(checkOf(scorecard(nearlyAll), "latency_spike").status).toBe("pass");
  });

  test("too few predictions fail, whatever they look like", () => {
    expect(judgeModel(scorecard(healthy(199)), context({ minEvents: 200 })).verdict).toBe("fail");
    expect(judgeModel(scorecard(healthy(200)), context({ minEvents: 200 })).verdict).toBe("pass");
  });
});

describe("what must never happen", () => {
  test.each([1.0000001, -0.0000001, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "a confidence of %d fails the model",
    (confidence) => {
      const card = scorecard([...healthy(300), { confidence }]);
      expect(judgeModel(card, context()).verdict).toBe("fail");
      expect(checkOf(card, "invalid_confidence")).toMatchObject({ status: "violation", value: 1, limit: 0 });
      expect(card.confidences.n).toBe(300);
    },
  );

  test.each([0, 1])("a confidence of %d is valid", (confidence) => {
    expect(checkOf(scorecard([...healthy(300), { confidence }]), "invalid_confidence").status).toBe("pass");
  });

  test("a confidence that is not a number fails the model and is shown", () => {
    const card = scorecard([...healthy(300), { confidence: { invalid: '"0.7"' } }]);
    expect(checkOf(card, "invalid_confidence").reason).toContain('"0.7" (1 x, first 300-0)');
  });

  test.each(["buy", "STRONG_BUY", "HODL", "", "__proto__", null])("the label %j fails the model", (action) => {
    const card = scorecard([...healthy(300), { action }]);
    expect(checkOf(card, "unknown_label")).toMatchObject({ status: "violation", value: 1 });
    expect(judgeModel(card, context()).verdict).toBe("fail");
  });

  test("unreadable entries could hide either: unknown, not a pass", () => {
    const verdict = judgeModel(scorecard(healthy(300)), context({ rejected: 1 }));
    expect(verdict.verdict).toBe("unknown");
    expect(verdict.reasons.join()).toContain("1 event could not be read");
  });

  test("a non-prediction counts against availability, but never enters the statistics", () => {
    const card = scorecard([
      ...healthy(300),
      ...Array.from({ length: 10 }, () => ({ nonPrediction: "fallback: x_fallback", action: "HOLD", confidence: 0.5 })),
    ]);
    expect(judgeModel(card, context()).stats).toMatchObject({ n: 300, nonPredictions: 10, shares: { HOLD: 1 / 3 } });
  });

  test("an event that does not name the model counts as a non-prediction", () => {
    const card = scorecard(healthy(300));
    expect(checkOf(card, "error_rate_spike", { absent: 16 })).toMatchObject({ status: "violation", value: 16 / 316 });
  });
});

test("the table has the eight checks of the specification, with their limits", () => {
  expect(CHECKS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const rows = CHECKS.flatMap(({ id, anyOf }) =>
    anyOf.map(({ measure, violatedWhen, limit }) => [`${id}.${measure}`, violatedWhen, limit]),
  );
  expect(rows).toEqual(SPECIFIED);
});
