import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  DegeneracyDetector,
  SequentialMonitor,
  judgePredictions,
  type DegeneracyOptions,
  type PlainPrediction,
  type PredictionOptions,
} from "../src/index.js";
import { prediction, withLimits } from "./support.js";
import { refused, sound, frozen, NaNs, without, baseline } from "./support-options.js";

describe("plain predictions", () => {
  test.each<[string, string, unknown]>([
    ["minEvents", "options.minEvents is NaN; it must be a whole number from 0", { minEvents: Number.NaN }],
    ["minEvents below 0", "options.minEvents is -1", { minEvents: -1 }],
    ["half an event", "options.minEvents is 0.5", { minEvents: 0.5 }],
    ["minEvents as a text", 'options.minEvents is "200"', { minEvents: "200" }],
    ["minEvents beyond what a double counts", "options.minEvents is 9007199254740992", { minEvents: 2 ** 53 }],
    [
      "a misspelt option",
      'options has the unknown key "minEvnts"; known keys are labels, model, policy, minEvents, baseline',
      { minEvnts: 500 },
    ],
    ["options that are null", "options is null", null],
    ["limits that are NaN", 'options.policy.limits["constant_output.std"] is NaN', { policy: NaNs }],
    [
      "a misspelt limit",
      'options.policy.limits has the unknown key "narrow_rnge.range"',
      { policy: withLimits({ "narrow_rnge.range": 0.3 }) },
    ],
    [
      "a missing limit",
      'options.policy.limits["narrow_range.range"] is undefined',
      { policy: without("narrow_range.range") },
    ],
    [
      "a share in percent",
      'options.policy.limits["action_bias.tradingShare"] is 95; it must be a number from 0 to 1',
      { policy: withLimits({ "action_bias.tradingShare": 95 }) },
    ],
    ["a policy without limits", "options.policy.limits is undefined", { policy: {} }],
    [
      "a baseline's latency",
      "options.baseline.latencyP95Ms is NaN",
      { baseline: { ...baseline, latencyP95Ms: Number.NaN } },
    ],
    [
      "a baseline's predictions",
      "options.baseline.predictions is NaN",
      { baseline: { ...baseline, predictions: Number.NaN } },
    ],
    [
      "a baseline's non-predictions",
      "options.baseline.nonPredictions is -1",
      { baseline: { ...baseline, nonPredictions: -1 } },
    ],
    [
      "a baseline without a latency",
      "options.baseline.latencyP95Ms is undefined",
      { baseline: { predictions: 1, nonPredictions: 0 } },
    ],
    ["labels that are not texts", "options.labels.acting[1] is 2", { labels: { acting: ["a", 2], abstaining: [] } }],
    [
      "labels named twice",
      'a label of options.labels is "a"; it must be named once',
      { labels: { acting: ["a"], abstaining: ["a"] } },
    ],
    ["no labels", "options.labels.acting is a list of 0", { labels: { acting: [], abstaining: ["HOLD"] } }],
    ["a list of no labels", "options.labels is a list of 0; it must be a list of at least one label", { labels: [] }],
    ["a list with something that is not a text", "options.labels[1] is 2", { labels: ["a", 2] }],
    ["a list that names a label twice", 'a label of options.labels is "a"', { labels: ["a", "a"] }],
    ["labels in the words of a trading ensemble", "options.labels", { labels: { trading: ["a"], neutral: [] } }],
    ["labels of only one kind", "options.labels.abstaining is undefined", { labels: { acting: ["a"] } }],
    ["a model without a name", 'options.model is ""', { model: "" }],
    [
      "a check under a reserved name",
      'options.policy.checks[0].id is "flat_features"',
      { policy: { ...DEFAULT_POLICY, checks: [{ id: "flat_features", violatedWhen: "std < 0" }] } },
    ],
  ])("%s: refused", async (_, message, options) => {
    for (const predictions of [sound(300), frozen, sound(3)])
      await refused(() => judgePredictions(predictions, options as PredictionOptions), message);
  });

  test.each([
    [7, "7"],
    [true, "true"],
    [undefined, "undefined"],
    [{}, "an object"],
  ])("the label %j is refused and named with its place", async (label, shown) => {
    const predictions = sound(300).map((each, index) =>
      index === 41 ? { ...each, label: label as unknown as string } : each,
    );
    await refused(
      () => judgePredictions(predictions),
      `predictions[41].label is ${shown}; it must be a text, or null for no answer`,
    );
  });

  test.each([null, undefined, 5, "BUYS", {}])("predictions that are %j are refused", async (predictions) => {
    await refused(() => judgePredictions(predictions as PlainPrediction[]), "predictions is");
  });

  test.each([null, undefined, 5, "BUY", [1]])("a prediction that is %j is refused", async (item) => {
    await refused(() => judgePredictions([...sound(299), item as unknown as PlainPrediction]), "predictions[299] is");
  });

  test("a minimum of 1 and a laxer limit are allowed if chosen explicitly", async () => {
    const policy = withLimits({ "narrow_range.range": 0 });
    expect((await judgePredictions(sound(300), { policy, minEvents: 1, baseline })).verdict).toBe("pass");
  });
});

describe("degeneracy", () => {
  test.each<[string, unknown]>([
    ["options.share is 95; it must be a number from 0 to below 1", { share: 95 }],
    ["options.share is 1;", { share: 1 }],
    ["options.share is NaN", { share: Number.NaN }],
    ['options.std is "0.02%"', { std: "0.02%" }],
    ["options.std is 0;", { std: 0 }],
    ["options.std is NaN", { std: Number.NaN }],
    ["options.std is 2;", { std: 2 }],
    ["options.window is 0", { window: 0 }],
    ["options.window is 1.5", { window: 1.5 }],
    ["options.window is NaN", { window: Number.NaN }],
    ["options.recovered is null", { recovered: null }],
    ["options.recovered.std is undefined", { recovered: { share: 0.9 } }],
    [
      "options.recovered.share is 0.99; it must be at most options.share, 0.95",
      { recovered: { share: 0.99, std: 0.03 } },
    ],
    ["options.recovered.std is 0.01; it must be at least options.std, 0.02", { recovered: { share: 0.9, std: 0.01 } }],
    ['options has the unknown key "shares"', { shares: 0.5 }],
    ['options.recovered has the unknown key "window"', { recovered: { share: 0.9, std: 0.03, window: 5 } }],
    ["options is false", false],
  ])("%s", async (message, options) => {
    await refused(() => new DegeneracyDetector(options as DegeneracyOptions), message);
  });

  test("an invalid confidence or label is refused, and changes nothing", async () => {
    const detector = new DegeneracyDetector({ window: 2 });
    detector.observe("BUY", 0.6);
    for (const wrong of [Number.NaN, 73.2, -0.1, "0.6", null])
      await refused(() => detector.observe("SELL", wrong as number), "confidence is");
    for (const wrong of [undefined, null, 5])
      await refused(() => detector.observe(wrong as unknown as string, 0.6), "label is");
    expect(detector.recent?.n).toBe(1);
    expect(detector.observe("BUY", 0.6)).toBe("degenerate");
  });

  test("with stricter limits, it recovers at those", () => {
    const detector = new DegeneracyDetector({ window: 4, share: 0.5, std: 0.25 });
    for (let index = 0; index < 4; index += 1) detector.observe("BUY", 0.6);
    expect(detector.state).toBe("degenerate");
    for (let index = 0; index < 2; index += 1) detector.observe("SELL", 0.6);
    expect(detector.state).toBe("healthy");
  });
});

describe("evidence", () => {
  test("an answer from a model that is not watched is refused, and proves nothing", async () => {
    const watch = new SequentialMonitor({ policy: DEFAULT_POLICY, models: ["xgbost"] });
    await refused(
      () => watch.take([prediction({ model: "xgboost" })]),
      'readings[0].model is "xgboost"; it must be one that is watched: xgbost',
    );
    expect([watch.decisions, watch.conclusive()]).toEqual([0, []]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["options.models is a list of 0", { models: [] }],
    ["options.models[0] is 5", { models: [5] }],
    ["options.alpha is NaN", { alpha: Number.NaN }],
    ["options.policy.limits", { policy: NaNs }],
    ["latencyP95Ms is NaN", { baselines: new Map([["m", { ...baseline, latencyP95Ms: Number.NaN }]]) }],
    ['options has the unknown key "aplha"', { aplha: 0.001 }],
  ])("%s", async (message, wrong) => {
    await refused(() => new SequentialMonitor({ policy: DEFAULT_POLICY, models: ["m"], ...wrong }), message);
  });
});
