import { digestOf } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY, judgePredictions, LIMIT_RULES, parsePolicy } from "../src/index.js";

const parse = (text: string) => parsePolicy(text, "p.yaml");

describe("a policy can only tighten", () => {
  test("limits that it does not name keep their built-in values", async () => {
    expect(await parse("{}")).toEqual(DEFAULT_POLICY);
    const policy = await parse("limits:\n  narrow_range: { range: 0.2 }\nmaxAge: 5m\nminEvents: { canary: 300 }\n");
    expect(policy.limits).toEqual({
      ...DEFAULT_POLICY.limits,
      "narrow_range.range": 0.2,
      "telemetry_silence.maxAge": 300_000,
    });
    expect(policy.minEvents).toEqual({ collection: 100, canary: 300 });
  });

  test("JSON is read as well, and the same policy has the same hash", async () => {
    const yaml = await parse("minEvents: {canary: 250}\nlimits: {action_bias: {tradingShare: 0.8}}");
    const json = await parse('{"limits": {"action_bias": {"tradingShare": 0.8}}, "minEvents": {"canary": 250}}');
    expect(digestOf(json)).toBe(digestOf(yaml));
    expect(digestOf(json)).not.toBe(digestOf(DEFAULT_POLICY));
  });

  test("knows the limits besides those of the eight checks, and the stricter side of each", () => {
    const MINUTE = 60_000;
    const further = Object.entries(LIMIT_RULES).slice(14);
    expect(further.map(([key, { value, violatedWhen }]) => [key, violatedWhen, value])).toEqual([
      ["recent_collapse.tradingShare", "above", 0.95],
      ["recent_collapse.neutralShare", "above", 0.995],
      ["recent_collapse.std", "below", 0.01],
      ["recent_collapse.modeShare", "above", 0.95],
      ["recent_collapse.nonPredictionShare", "above", 0.5],
      ["rejected_events.share", "above", 0.01],
      ["duplicate_events.share", "above", 1],
      ["telemetry_silence.maxAge", "above", 15 * MINUTE],
      ["clock_skew.ms", "above", 5_000],
      ["agreement.least", "below", 0.55],
      ["agreement.most", "above", 0.8],
      ["hard_disagreement.share", "above", 0.2],
      ["insufficient_vectors.count", "below", 50],
      ["flat_features.share", "above", 0.3],
      ["repeated_vectors.share", "above", 0.5],
      ["feature_drift.psi", "above", 0.25],
    ]);
  });

  test.each(Object.entries(LIMIT_RULES))("%s may be set to its built-in value", async (key, { value }) => {
    const [check = "", measure = ""] = key.split(".");
    expect(await parse(JSON.stringify({ limits: { [check]: { [measure]: value } } }))).toEqual(DEFAULT_POLICY);
  });

  test("every limit may be made stricter, and none laxer", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.entries(LIMIT_RULES)),
        fc.double({ min: 1e-6, max: 0.9, noNaN: true }),
        async ([key, rule], by) => {
          const [check = "", measure = ""] = key.split(".");
          const stricter = rule.violatedWhen === "below" ? rule.value * (1 + by) : rule.value * (1 - by);
          const laxer = rule.violatedWhen === "below" ? rule.value * (1 - by) : rule.value * (1 + by);
          const file = (value: number) => JSON.stringify({ limits: { [check]: { [measure]: value } } });
          expect((await parse(file(stricter))).limits[key]).toBe(stricter);
          await expect(parse(file(laxer))).rejects.toMatchObject({ code: "invalid_policy" });
        },
      ),
    );
  });

  test.each([
    [
      "limits: {narrow_range: {range: 0.1}}",
      "limits.narrow_range.range = 0.1 would loosen the limit; it may be at least 0.12",
    ],
    [
      "limits: {action_bias: {tradingShare: 0.9}}",
      "limits.action_bias.tradingShare = 0.9 would loosen the limit; it may be at most 0.85",
    ],
    ["maxAge: 20m", "maxAge = 20m would loosen the limit; it may be at most 15 min"],
    ["limits: {clock_skew: {ms: 5001}}", "limits.clock_skew.ms = 5001 would loosen the limit; it may be at most 5 s"],
    ["minEvents: {canary: 100}", "minEvents.canary = 100 must be a whole number, at least 200"],
    ["limts: {}", "'limts' is unknown; known are limits, maxAge"],
    ["limits: {narrow_rnge: {range: 1}}", "'limits.narrow_rnge.range' is unknown"],
    ["limits: {narrow_range: {range: wide}}", 'limits.narrow_range.range = "wide" is not a number'],
    ["limits: {narrow_range: {range: .nan}}", "is not a number"],
    ["limits: {narrow_range: {range: -1}}", "is not a number >= 0"],
    ["limits: 3", "limits must be a mapping"],
    ["[]", "must be a mapping"],
    ["a: b: c", "neither YAML nor JSON"],
    ["limits: {}\nlimits: {}", "neither YAML nor JSON"],
    ["labels: {acting: []}", "labels.acting names no label"],
    ["labels: {abstaining: [A]}", "labels.acting names no label"],
    ["labels: []", "labels names no label"],
    ["labels: {acting: [A], trading: [B]}", "labels.trading says the same as labels.acting; write one of them"],
    ["labels: {acting: [A], idle: [B]}", "'labels.idle'"],
    ["labels: [A, 1]", "labels"],
    ['labels: {"": [A]}', "'labels.'"],
    ["labels: {trading: []}", "labels.trading names no label"],
    ["labels: {trading: [A], neutral: [A]}", "names a label twice"],
    ['labels: {trading: ["caf\\u00e9", "cafe\\u0301"]}', "stands there in two Unicode normal forms"],
    ['confidence: {"mode\\u0300le": logit}', "can be no model's: the name is in another Unicode normal form than NFC"],
    ["confidence: {Random Forest: logit}", "can be no model's: the name has a space in it"],
    ["confidence: {m: percent}", "must be probability or logit"],
    ["require: [speed]", "require 'speed' is unknown; known are latency"],
    ["checks: [{id: Range, violatedWhen: 'std < 1'}]", "must be lower-case"],
    ["checks: [{id: narrow_range, violatedWhen: 'std < 1'}]", "is taken"],
    ["checks: [{id: x, violatedWhen: 'std < 1', when: now}]", "'checks[0].when' is unknown"],
    ["__proto__: {}", "'__proto__' is unknown"],
    ["{}\n---\nlimits: {narrow_range: {range: 0.9}}\n", "holds more than one YAML document; keep one"],
    ["{}\n---\nlimits: {narrow_range: [\n", "holds more than one YAML document; keep one"],
    ["{}\n...\nlimits: {}\n", "holds more than one YAML document; keep one"],
    ["--- {}\n---\n", "holds more than one YAML document; keep one"],
    ["%UNKNOWN x\n---\n{}\n", "neither YAML nor JSON"],
    ["maxAge: !!binary aGVsbG8=", "is not a duration"],
    ["a: &a {}\nlimits: *a", "neither YAML nor JSON"],
    ["<<: {maxAge: 5m}", "'<<' is unknown"],
    ['confidence: {"1": logit, 1: probability}', "neither YAML nor JSON"],
    ["? [a]\n: 1", "neither YAML nor JSON"],
    ["", "is empty, or holds nothing but comments"],
    ["\ufeff", "is empty, or holds nothing but comments"],
    ["# limits: {}\n", "is empty, or holds nothing but comments"],
    ["null", "is empty, or holds nothing but comments"],
  ])("%s is refused", async (text, message) => {
    await expect(parse(text)).rejects.toThrow(message);
    await expect(parse(text)).rejects.toMatchObject({ code: "invalid_policy" });
  });

  test.each([
    "limits: {telemetry_silence: {maxAge: 5m}}\nmaxAge: 10m",
    "maxAge: 10m\nlimits: {telemetry_silence: {maxAge: 5m}}",
  ])("of two values for the same limit, the stricter one applies: %j", async (text) => {
    expect((await parse(text)).limits["telemetry_silence.maxAge"]).toBe(300_000);
  });

  test("built-in labels keep their class; a team's own labels replace them", async () => {
    const refused = [
      "{trading: [BUY, X], neutral: [SELL, HOLD]}",
      "{trading: [BUY, SELL]}",
      "{trading: [BUY], neutral: [HOLD]}",
      "{trading: [HOLD]}",
    ];
    for (const labels of refused)
      await expect(parse(`labels: ${labels}`)).rejects.toThrow("must keep BUY, SELL acting and HOLD abstaining");
    expect((await parse("labels: {trading: [cat, dog]}")).labels).toEqual({ acting: ["cat", "dog"], abstaining: [] });
  });

  test.each(["mixed_build", "invalid_confidence", "insufficient_data", "stream_gap"])(
    "a policy's own check cannot be called %s",
    async (id) => {
      await expect(parse(`checks: [{id: ${id}, violatedWhen: std < 1}]`)).rejects.toThrow("is taken");
    },
  );

  test.each([
    ["limits: !foo {}", "neither YAML nor JSON"],
    [`a: ${"[".repeat(5000)}`, "neither YAML nor JSON"],
    ["limits: {narrow_range: {range: .inf}}", "limits.narrow_range.range = Infinity is not a number"],
  ])("%.40s is refused in one sentence", async (text, message) => {
    const error = await parse(text).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "invalid_policy" });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toMatch(/call stack|\n/);
  });

  test("labels are acting or abstaining, whatever words a team uses", async () => {
    const { labels } = await parse("labels: {trading: [cat, dog], neutral: [unsure]}");
    expect((await parse("labels: {acting: [cat, dog], abstaining: [unsure]}")).labels).toEqual(labels);
    expect((await parse("labels: {acting: [cat, dog], neutral: [unsure]}")).labels).toEqual(labels);
    expect((await parse("labels: [cat, dog]")).labels).toEqual({ ...labels, abstaining: [] });
  });

  test("labels may be added", async () => {
    const policy = await parse("labels: {trading: [BUY, SELL, CLOSE], neutral: [HOLD]}");
    expect(policy.labels.acting).toContain("CLOSE");
  });
});

describe("expressions", () => {
  const refused = (violatedWhen: string) => parse(JSON.stringify({ checks: [{ id: "own", violatedWhen }] }));

  test.each([
    "x = 1",
    "f(x) = x",
    "import({}, {})",
    'evaluate("1")',
    "parse('std')",
    "[1, 2]",
    "{a: 1}",
    "std.constructor",
    "std[1]",
    "1:1000000000",
    "factorial(100000)",
    "cot(1)",
    "'a' == 'b'",
    "unknown_name > 1",
    "constructor > 1",
    "__proto__ > 1",
    "std <",
    "std > NaN",
    "std > Infinity",
    "std and true",
    "n!",
    "n mod 2 == 0",
    "abs() > 1",
    "round(std, 2) > 0.1",
    "log(n, 10) < 3",
    "floor(std, 1) > 1",
    "sqrt(std, 2) > 1",
    "pow(std) > 1",
    "pow(std, 2, 3) > 1",
    "std > 1e999",
    "",
    "std; n",
    "createUnit('x')",
    "share_CLOSE > 0.1",
    "n < 0 ? share_SEL > 0.1 : n < 0",
    "n > 0 or share_buy > 0.1",
    "max(share_BUY, share_HODL) > 0.9",
    "0 < share_BUY < share_SEL",
    `std < 1${" or std < 1".repeat(60)}`,
  ])("%j does not compile", async (text) => {
    await expect(refused(text)).rejects.toMatchObject({ code: "invalid_policy" });
  });

  test("a label that the policy does not have is named, even in a branch that is not taken", async () => {
    await expect(refused("n < 0 ? share_SEL > 0.1 : n < 0")).rejects.toThrow(
      "names share_SEL, a label that the policy does not have; its labels are BUY, SELL, HOLD",
    );
    const checks = [{ id: "own", violatedWhen: "n < 0 ? share_SEL > 0.1 : n < 0" }];
    await expect(judgePredictions(spread, { policy: { ...DEFAULT_POLICY, checks } })).rejects.toMatchObject({
      code: "invalid_policy",
    });
  });

  test("a check may name labels that the file declares after it", async () => {
    const policy = await parse("checks: [{id: own, violatedWhen: share_CLOSE > 0.1}]\nlabels: {trading: [CLOSE]}\n");
    expect(policy.checks).toHaveLength(1);
  });

  const spread = Array.from({ length: 300 }, (_, index) => ({
    label: ["BUY", "SELL", "HOLD"][index % 3] ?? "",
    confidence: 0.2 + (0.6 * ((index * 37) % 300)) / 300,
  }));
  const judgedBy = async (violatedWhen: string) => {
    const policy = await parse(JSON.stringify({ checks: [{ id: "own", violatedWhen }] }));
    return judgePredictions(spread, { policy });
  };

  test.each([
    ["p90 - p10 < 0.2", "pass"],
    ["p90 - p10 < 0.7", "violation"],
    ["share_BUY > 0.3 and share_SELL > 0.3", "violation"],
    ["not (std > 0.1) or n < 300", "pass"],
    ["0.1 < std < 0.2 ? n > 100 : n < 0", "violation"],
    ["max(share_BUY, share_HOLD) > largestShare", "pass"],
    ["latencyP95Ms > 10", "violation"],
    ["std", "violation"],
    ["1 / 0 > 1", "violation"],
    ["sqrt(p10 - 0.9) < 100", "violation"],
    ["log(-std) < 5", "violation"],
    ["nonPredictions / nonPredictions > -1", "violation"],
    ["std > 0 or sqrt(-1) > 0", "violation"],
    ["n and std > 0", "violation"],
  ])("%s is a %s", async (text, status) => {
    const verdict = await judgedBy(text);
    expect(verdict.checks.find(({ id }) => id === "own")?.status).toBe(status);
    expect(verdict.verdict).toBe(status === "pass" ? "pass" : "fail");
  });
});
