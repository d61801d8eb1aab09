import type { CheckResult, CheckStatus, ConditionResult, ModelVerdict, WorstMargin } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { marginsOf, worstMargins } from "../../src/watch/margins.js";
import { unprovenOf, violationsOf } from "../../src/watch/violations.js";
import type { WindowJudgement } from "../../src/watch/window.js";

const NOW = Date.UTC(2026, 0, 5);
const MIN = 200;

function check(id: string, status: CheckStatus, given: Partial<CheckResult> = {}): CheckResult {
  return {
    id,
    status,
    value: null,
    limit: null,
    n: 300,
    interval: null,
    reason: `${id} is ${status}`,
    waived: false,
    conditions: [],
    ...given,
  };
}

function condition(worst: number | null, limit: number | null, violatedWhen: "above" | "below"): ConditionResult {
  return { value: worst, worst, limit, violatedWhen } as ConditionResult;
}

function model(name: string, checks: readonly CheckResult[], verdict: ModelVerdict["verdict"] = "pass"): ModelVerdict {
  // The part of a verdict that reasons are made from.
  return {
    model: name,
    verdict,
    reasons: checks.filter(({ status }) => status !== "pass").map(({ id }) => id),
    checks,
  } as unknown as ModelVerdict;
}

function look(given: Partial<WindowJudgement>): WindowJudgement {
  return { integrity: [], models: [], events: 300, repeated: null, ...given };
}

describe("what ends a watch", () => {
  const violations = (given: Partial<WindowJudgement>, watched: readonly string[] = []) =>
    violationsOf(look(given), watched, MIN, { rule: "strict", seen: new Map() });

  test.each([["telemetry_silence"], ["stream_gap"], ["engine_restarts"], ["weights_mismatch"], ["rejected_events"]])(
    "%s, from the first event on",
    (id) => {
      expect(violations({ integrity: [check(id, "violation")], events: 1 })).toEqual([`${id}: ${id} is violation`]);
    },
  );

  test("not a lack of events so far", () => {
    expect(violations({ integrity: [check("insufficient_data", "violation")], events: 3 })).toEqual([]);
  });

  test.each([["invalid_confidence"], ["unknown_label"], ["mixed_artifact"]])(
    "a model's %s, from the first event on",
    (id) => {
      expect(violations({ models: [model("a", [check(id, "violation")])], events: 1 })).toEqual([
        `a: ${id}: ${id} is violation`,
      ]);
    },
  );

  test("a model's statistic, once there are enough events for it", () => {
    const models = [model("a", [check("action_collapse", "violation")])];
    expect(violations({ models, events: MIN - 1 })).toEqual([]);
    expect(violations({ models, events: MIN })).toHaveLength(1);
  });

  test("a model that is missing from more than a twentieth of the decisions", () => {
    const models = [model("a", [check("insufficient_data", "violation")])];
    expect(violations({ models, events: 210 })).toEqual([]);
    expect(violations({ models, events: 211 })).toHaveLength(1);
  });

  test("a model that no decision names", () => {
    expect(violations({ models: [model("a", [])] }, ["a", "b"])).toEqual([
      "b: insufficient_data: none of 300 decisions names it",
    ]);
    expect(violations({ models: [], events: MIN - 1 }, ["b"])).toEqual([]);
  });

  test("not a rise in a single test, since the evidence tests for it continuously; but at the end it counts", () => {
    const rise: ConditionResult = { ...condition(0.0001, 0.001, "below"), measure: "errorRiseP", status: "violation" };
    const models = [model("a", [check("error_rate_spike", "violation", { conditions: [rise] })], "fail")];
    const seen = new Map([["a", new Set(["error_rate_spike.errorRiseP"])]]);
    expect(violationsOf(look({ models }), [], MIN, { rule: "strict", seen })).toEqual([]);
    // The evidence of another model is none of this one.
    expect(
      violationsOf(look({ models }), [], MIN, { rule: "strict", seen: new Map([["b", new Set(seen.get("a"))]]) }),
    ).toHaveLength(1);
    expect(unprovenOf(look({ models }), ["a"], MIN)).toEqual(["a: error_rate_spike"]);
  });

  test("a statistic of all entries, once there are enough, however few are distinct", () => {
    const violating = [model("a", [check("action_collapse", "violation"), check("unknown_label", "violation")])];
    const repeated = (events: number) => ({ models: violating, events });
    expect(violations({ models: [model("a", [])], events: 3, repeated: repeated(MIN - 1) }, ["b"])).toEqual([]);
    expect(violations({ models: [model("a", [])], events: 3, repeated: repeated(MIN) }, ["b"])).toEqual([
      `b: insufficient_data: none of ${MIN} decisions names it`,
      "a: action_collapse: action_collapse is violation",
    ]);
    // With enough distinct decisions the worse result is among the models already.
    expect(violations({ models: violating, events: MIN, repeated: repeated(MIN) })).toHaveLength(2);
  });

  test("nothing that passes or is unknown", () => {
    expect(
      violations(
        {
          integrity: [check("stream_gap", "pass"), check("mixed_build", "unknown")],
          models: [model("a", [check("dead_zone", "unknown")])],
        },
        ["a"],
      ),
    ).toEqual([]);
  });
});

describe("the end of a watch is unproven", () => {
  const unproven = (given: Partial<WindowJudgement>, watched: readonly string[] = ["a"]) =>
    unprovenOf(look(given), watched, MIN);
  const fine = { integrity: [check("stream_gap", "pass")], models: [model("a", [check("dead_zone", "pass")])] };

  test("never if everything is proven", () => {
    expect(unproven(fine)).toEqual([]);
  });

  test("not by what is waived", () => {
    expect(
      unproven({ ...fine, integrity: [...fine.integrity, check("mixed_build", "unknown", { waived: true })] }),
    ).toEqual([]);
  });

  test.each<[string, Partial<WindowJudgement>, readonly string[], string]>([
    [
      "too few events",
      { ...fine, events: MIN - 1 },
      ["a"],
      "the watch ends with 199 decisions; at least 200 are needed",
    ],
    [
      "a check of the telemetry that is unknown",
      { ...fine, integrity: [check("weights_mismatch", "unknown")] },
      ["a"],
      "weights_mismatch: weights_mismatch is unknown",
    ],
    [
      "a model that does not pass",
      { ...fine, models: [model("a", [check("latency_spike", "unknown")], "unknown")] },
      ["a"],
      "a: latency_spike",
    ],
    ["a missing model", fine, ["a", "b"], "b: none of 300 decisions names it"],
  ])("%s", (_, given, watched, sentence) => {
    expect(unproven(given, watched)).toEqual([sentence]);
  });

  test("a judgement of nothing proves nothing", () => {
    expect(unproven({ events: 0 }, ["a"])).not.toEqual([]);
  });
});

describe("the worst margin of each check", () => {
  const margins = (given: Partial<WindowJudgement>, known: readonly WorstMargin[] = []) =>
    worstMargins(known, marginsOf(look(given), MIN, NOW));
  const bias = (worst: number) => [
    model("a", [check("action_bias", "pass", { conditions: [condition(worst, 0.8, "above")] })]),
  ];

  test("is the distance to the limit as a share of it, on either side", () => {
    expect(margins({ models: bias(0.6) })).toMatchObject([
      { model: "a", check: "action_bias", value: 0.6, limit: 0.8, margin: expect.closeTo(0.25) as number },
    ]);
    const narrow = [model("a", [check("narrow_range", "pass", { conditions: [condition(0.18, 0.12, "below")] })])];
    expect(margins({ models: narrow })).toMatchObject([{ margin: expect.closeTo(0.5) as number }]);
  });

  test("is the worse of that over distinct decisions and that over all entries", () => {
    expect(margins({ models: bias(0.6), repeated: { models: bias(0.7), events: 600 } })).toMatchObject([
      { value: 0.7 },
    ]);
    expect(margins({ models: bias(0.6), repeated: { models: bias(0.5), events: 600 } })).toMatchObject([
      { value: 0.6 },
    ]);
    expect(margins({ models: bias(0.6), events: 3, repeated: { models: bias(0.5), events: 600 } })).toMatchObject([
      { value: 0.5 },
    ]);
    expect(margins({ models: bias(0.6), events: 3, repeated: { models: bias(0.5), events: MIN - 1 } })).toEqual([]);
  });

  test("is negative beyond the limit", () => {
    expect(margins({ models: bias(1) })[0]?.margin).toBeCloseTo(-0.25);
  });

  test("stays when later ones are better, and is replaced by a worse one", () => {
    const first = margins({ models: bias(0.6) });
    expect(margins({ models: bias(0.5) }, first)).toEqual(first);
    expect(margins({ models: bias(0.7) }, first)).toMatchObject([{ value: 0.7 }]);
  });

  test("is that of the condition nearest to its limit", () => {
    const two = check("confidence_collapse", "pass", {
      conditions: [condition(0.4, 0.5, "above"), condition(0.06, 0.05, "below")],
    });
    expect(margins({ models: [model("a", [two])] })).toMatchObject(
      [{ value: 0.06, limit: 0.05 }].map((each) => ({ ...each, margin: expect.closeTo(0.2) as number })).slice(0, 1),
    );
  });

  test("leaves out too few events, unmeasured values, and limits of 0", () => {
    expect(margins({ models: bias(0.6), events: MIN - 1 })).toEqual([]);
    const none = check("dead_zone", "unknown", {
      conditions: [condition(null, 0.85, "above"), condition(0, 0, "above")],
    });
    expect(margins({ models: [model("a", [none])] })).toEqual([]);
  });

  test("includes gradual checks of the telemetry, worst first", () => {
    const integrity = [
      check("telemetry_silence", "pass", { value: 80, limit: 100 }),
      check("stream_gap", "pass", { value: 0, limit: 1 }),
    ];
    expect(margins({ integrity, models: bias(0.6) }).map(({ check: id }) => id)).toEqual([
      "telemetry_silence",
      "action_bias",
    ]);
  });
});
