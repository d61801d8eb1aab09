import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeRequiring, recordingOrSkip, seededTelemetry } from "@qsc-tooling/testkit";
import {
  breakdownV2,
  featuresV2,
  payloadV1,
  payloadV2,
  readableBreakdown,
  readableFeatures,
  readablePayloadV1,
  readablePayloadV2,
} from "../../src/schemas/index.js";
import type { BreakdownV2, PayloadV1, PayloadV2, WirePrediction } from "../../src/index.js";

const answer = { action: "BUY", confidence: 0.7 };
const decision = {
  symbol: "BTCUSDC",
  side: "BUY",
  confidence: 0.7,
  timestamp: "2026-01-05T09:00:00Z",
  model: "ensemble",
  consensus_count: 1,
  total_models: 1,
};
const v1 = { ...decision, model_breakdown: { xgboost: answer } } satisfies PayloadV1;
const v2 = {
  ...decision,
  decision_id: "d-1",
  build: "abc",
  boot_id: "b-1",
  weights: { xgboost: 1 },
  canary: null,
  features_at: "2026-01-05T08:59:59.500Z",
} satisfies PayloadV2;
const active = {
  ...answer,
  status: "active",
  latency_ms: 3.5,
  artifact_sha256: "ab".repeat(32),
  feature_dim: 49,
} satisfies WirePrediction;
const inactive = {
  status: "inactive",
  inactive_reason: "degenerate_output",
  artifact_sha256: null,
  feature_dim: null,
} as const;
const breakdown = { xgboost: active, lightgbm: inactive } satisfies BreakdownV2;

describeRequiring(recordingOrSkip(), "the recording", (path) => {
  test("contains only valid version 1 payloads", () => {
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const payloads: unknown[] = lines.map((line) => JSON.parse(JSON.parse(line).fields.payload));
    expect(payloads).toHaveLength(330);
    for (const payload of payloads) {
      expect(payloadV1.parse(payload)).toEqual(payload);
      expect(readablePayloadV1.safeParse(payload).success).toBe(true);
    }
  });
});

test.each([1, 2] as const)("seeded telemetry of version %d meets the contract", (version) => {
  for (const { fields } of seededTelemetry({ version, count: 50 }).entries) {
    const [payload, answers, features] = ["payload", "model_breakdown", "features"].map((name): unknown =>
      JSON.parse(fields[name] ?? "null"),
    );
    if (version === 1) expect(payloadV1.parse(payload)).toEqual(payload);
    else {
      expect(payloadV2.parse(payload)).toEqual(payload);
      expect(breakdownV2.parse(answers)).toEqual(answers);
      expect(featuresV2.parse(features)).toEqual(features);
    }
  }
});

test("unknown members are kept at any level", () => {
  const more = { ...v1, regime: "bull", model_breakdown: { xgboost: { ...answer, shap: { atr: [1] } } } };
  expect(payloadV1.parse(more)).toEqual(more);
  expect(payloadV2.parse({ ...v2, extra: null })).toEqual({ ...v2, extra: null });
  expect(breakdownV2.parse({ xgboost: { ...active, extra: 1 } })).toEqual({ xgboost: { ...active, extra: 1 } });
});

describe("what an engine publishes", () => {
  test.each([0, 1, 0.5])("a confidence of %d meets the contract", (confidence) => {
    expect(payloadV1.safeParse({ ...v1, model_breakdown: { m: { action: "BUY", confidence } } }).success).toBe(true);
    expect(breakdownV2.safeParse({ m: { ...active, confidence } }).success).toBe(true);
  });

  test.each([-0.01, 1.01, NaN, Infinity, -Infinity, "0.5", null, undefined, true, {}])(
    "a confidence of %s does not meet the contract, but can be read",
    (confidence) => {
      const payload = { ...v1, model_breakdown: { m: { action: "BUY", confidence } } };
      expect(payloadV1.safeParse(payload).error?.issues[0]?.path).toEqual(["model_breakdown", "m", "confidence"]);
      expect(breakdownV2.safeParse({ m: { ...active, confidence } }).success).toBe(false);
      expect(readablePayloadV1.safeParse(payload).success).toBe(true);
      expect(readableBreakdown.safeParse({ m: { ...active, confidence } }).success).toBe(true);
    },
  );

  test("metadata and features may be NaN or infinite: they are judged", () => {
    expect(payloadV1.safeParse({ ...v1, atr_value: NaN, funding_rate: -Infinity }).success).toBe(true);
    expect(featuresV2.safeParse({ rsi: NaN, atr: Infinity }).success).toBe(true);
    expect(featuresV2.safeParse({ xgboost: { rsi: NaN }, lightgbm: {} }).success).toBe(true);
    expect(payloadV1.safeParse({ ...v1, atr_value: "1" }).success).toBe(false);
    for (const features of [
      { rsi: "1" },
      { rsi: null },
      { xgboost: { rsi: "1" } },
      { xgboost: { rsi: 1 }, rsi: 2 },
      [1],
      null,
      1,
    ]) {
      expect(featuresV2.safeParse(features).success).toBe(false);
    }
  });

  test.each([
    ["no status", { ...active, status: undefined }],
    ["an unknown status", { ...active, status: "ACTIVE" }],
    ["no action", { ...active, action: undefined }],
    ["no latency", { ...active, latency_ms: undefined }],
    ["a negative latency", { ...active, latency_ms: -1 }],
    ["a hash cut short", { ...active, artifact_sha256: "abc" }],
    ["a dimension of 0", { ...active, feature_dim: 0 }],
    ["inactive without a reason", { ...inactive, inactive_reason: "" }],
  ])("%s violates the contract", (_, model) => {
    expect(breakdownV2.safeParse({ model }).success).toBe(false);
  });
});

describe("what a reader rejects", () => {
  const refuse = (schema: typeof readablePayloadV1 | typeof readablePayloadV2, value: unknown): boolean =>
    !schema.safeParse(value).success;

  test.each([
    ["no breakdown", undefined],
    ["an empty one", {}],
    ["a list", [answer]],
    ["null", null],
    ["text", "x"],
    ["a name of nothing", { "": answer }],
    ["a name with a space", { "a b": answer }],
    ["a name with an escape", { "\u001b[31m": answer }],
    ["a name of 129", { ["x".repeat(129)]: answer }],
    ["__proto__", JSON.parse('{"__proto__": {"action": "BUY"}}')],
    ["too many models", Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`m${i}`, answer]))],
  ])("version 1: %s", (_, model_breakdown) => {
    expect(refuse(readablePayloadV1, { ...v1, model_breakdown })).toBe(true);
    expect(payloadV1.safeParse({ ...v1, model_breakdown }).success).toBe(false);
    expect(readableBreakdown.safeParse(model_breakdown).success).toBe(false);
    expect(breakdownV2.safeParse(model_breakdown).success).toBe(false);
  });

  test.each([
    { decision_id: "" },
    { decision_id: 1 },
    { build: undefined },
    { boot_id: null },
    { weights: null },
    { weights: [1] },
    { weights: { m: -1 } },
    { weights: { m: NaN } },
    { weights: { m: "1" } },
    { weights: { "a b": 1 } },
    { canary: undefined },
    { canary: "m" },
    { canary: { model: "m" } },
    { weights: {} },
    { decision_id: "x".repeat(201) },
    { build: "x".repeat(201) },
    { boot_id: "x".repeat(201) },
    { canary: { model: "", weight: 0.1 } },
    { canary: { model: "m", weight: Infinity } },
  ])("version 2: %o", (wrong) => {
    expect(refuse(readablePayloadV2, { ...v2, ...wrong })).toBe(true);
    expect(payloadV2.safeParse({ ...v2, ...wrong }).success).toBe(false);
  });

  test("texts of 200 characters are read", () => {
    const longest = { ...v2, decision_id: "x".repeat(200), build: "x".repeat(200), boot_id: "x".repeat(200) };
    expect(refuse(readablePayloadV2, longest)).toBe(false);
    expect(payloadV2.safeParse(longest).success).toBe(true);
  });

  test("the minimum that a reader accepts is not enough for an engine", () => {
    const { decision_id, build, boot_id, weights, canary } = v2;
    const least = { decision_id, build, boot_id, weights, canary };
    expect(readablePayloadV2.parse(least)).toEqual(least);
    expect(payloadV2.safeParse(least).success).toBe(false);
    expect(readablePayloadV1.safeParse({ model_breakdown: { m: null } }).success).toBe(true);
  });

  test("__proto__ at any depth, and a depth that would overflow the stack", () => {
    const hidden: unknown = JSON.parse('{"a": [{"b": {"__proto__": 1}}]}');
    expect(refuse(readablePayloadV1, { ...v1, hidden })).toBe(true);
    expect(refuse(readablePayloadV2, { ...v2, hidden })).toBe(true);
    expect(readableFeatures.safeParse({ hidden }).success).toBe(false);
    const deep: unknown = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    expect(refuse(readablePayloadV1, { ...v1, deep })).toBe(false);
  });

  test("refuses feature vectors of models with an invalid name", () => {
    expect(readableFeatures.safeParse({ "a b": { x: 1 } }).success).toBe(false);
    expect(readableFeatures.safeParse({ "a b": 1 }).success).toBe(true);
    expect(readableFeatures.safeParse([1]).success).toBe(false);
  });

  test.each([null, undefined, 1, "text", [], true])("refuses %j in place of a document", (value) => {
    for (const schema of [
      payloadV1,
      payloadV2,
      breakdownV2,
      featuresV2,
      readablePayloadV1,
      readablePayloadV2,
      readableBreakdown,
      readableFeatures,
    ]) {
      expect(schema.safeParse(value).success).toBe(false);
    }
  });
});

test("a complete payload and breakdown meet the contract", () => {
  expect(payloadV1.parse(v1)).toEqual(v1);
  expect(payloadV2.parse(v2)).toEqual(v2);
  expect(payloadV2.parse({ ...v2, canary: { model: "xgboost", weight: 0.1 } }).canary).toEqual({
    model: "xgboost",
    weight: 0.1,
  });
  expect(breakdownV2.parse(breakdown)).toEqual(breakdown);
});
