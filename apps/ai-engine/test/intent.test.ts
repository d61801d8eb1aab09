import { breakdownV2, featuresV2, payloadV2 } from "@qsc/contract/schemas";
import { failClosed, vote, type FailClosedModel } from "@qsc/fail-closed";
import { decodeEntry } from "@qsc/stream-reader";
import { expect, test } from "vitest";
import type { FeedRow } from "../src/feed/port.js";
import { intentWriter } from "../src/intents/intent.js";

const labels = ["BUY", "SELL", "HOLD"] as const;
const weights = new Map([
  ["steady", 0.5],
  ["broken", 0.5],
]);
const facts = { build: "abc", bootId: "boot-1", weights, canary: null, shadows: new Set<string>() };

function model(name: string, features: readonly string[], confidence: number): FailClosedModel {
  return failClosed({ name, labels, features, predict: () => ({ label: "BUY", confidence }) });
}

async function written(
  models: readonly FailClosedModel[],
  features: FeedRow["features"],
  quorum = 1,
  shadows: ReadonlySet<string> = facts.shadows,
) {
  const row: FeedRow = { kind: "row", id: "1699999999000-3", symbol: "BTCUSDT", features, timeMs: 1_699_999_999_000 };
  const predictions = await Promise.all(models.map((each) => each.predict(row)));
  const decision = vote(predictions, { weights, quorum });
  const trade = { signal: true, withheld: null };
  const fields = intentWriter(
    { ...facts, shadows },
    models,
  )({ number: 7, timeMs: 1_700_000_000_000, row, predictions, decision, trade });
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
  const intent = decodeEntry({ kind: "entry", id: "1-0", place: "1-0", fields }, { features: true });
  return { intent, field };
}

test("an intent follows the published contract, and a reader finds everything in it", async () => {
  const { intent, field } = await written([model("steady", ["a", "b"], 0.8), model("broken", ["a", "b"], Number.NaN)], {
    b: 2,
    a: 1,
    other: 3,
  });
  expect(payloadV2.parse(JSON.parse(field("payload")))).toMatchObject({
    decision_id: "boot-1:7",
    symbol: "BTCUSDT",
    side: "BUY",
    confidence: 0.8,
    consensus_count: 1,
    total_models: 2,
    timestamp: "2023-11-14T22:13:20.000Z",
    features_at: "2023-11-14T22:13:19.000Z",
    weights: { steady: 0.5, broken: 0.5 },
    trade: { signal: true, withheld: null },
    no_decision_reason: null,
  });
  expect(breakdownV2.parse(JSON.parse(field("model_breakdown")))).toMatchObject({
    steady: { status: "active", action: "BUY", confidence: 0.8, feature_dim: 2 },
    broken: { status: "inactive", inactive_reason: "output_invalid" },
  });
  expect(featuresV2.parse(JSON.parse(field("features")))).toEqual({ a: 1, b: 2 });
  expect(intent).toMatchObject({
    kind: "intent",
    contract: 2,
    engine: { build: "abc", bootId: "boot-1", weights, canary: null },
    notFinite: [],
    models: [
      { model: "steady", nonPrediction: null, confidence: 0.8 },
      { model: "broken", nonPrediction: "inactive: output_invalid" },
    ],
  });
});

test("below the quorum there is no decision, and nothing that looks like one", async () => {
  const { field } = await written([model("steady", ["a"], 0.8), model("broken", ["a"], Number.NaN)], { a: 1 }, 2);
  expect(payloadV2.parse(JSON.parse(field("payload")))).toMatchObject({
    side: "NO_DECISION",
    confidence: 0,
    consensus_count: 0,
    no_decision_reason: "below_quorum",
    features_at: "2023-11-14T22:13:19.000Z",
  });
});

test("a tie is distinguished from too few models", async () => {
  const sells = failClosed({
    name: "broken",
    labels,
    features: ["a"],
    predict: () => ({ label: "SELL", confidence: 0.8 }),
  });
  const { field } = await written([model("steady", ["a"], 0.8), sells], { a: 1 });
  expect(payloadV2.parse(JSON.parse(field("payload")))).toMatchObject({
    side: "NO_DECISION",
    no_decision_reason: "tie",
  });
});

test("features are published as the models saw them: NaN as NaN, text as text, and a missing one is absent", async () => {
  const { intent, field } = await written(
    [model("steady", ["a", "b", "c", "d"], 0.8), model("broken", ["a", "b", "c", "d"], 0.8)],
    { a: Number.NaN, b: -Infinity, c: "oops" },
  );
  expect(field("features")).toBe('{"a":NaN,"b":-Infinity,"c":"oops"}');
  expect(JSON.parse(field("model_breakdown"))).toMatchObject({
    steady: { status: "inactive" },
    broken: { status: "inactive" },
  });
  expect(intent).toMatchObject({ kind: "intent", notFinite: ["features.a", "features.b"] });
});

test("models with different features have a vector each", async () => {
  const { field } = await written([model("steady", ["b", "a"], 0.8), model("broken", ["a"], 0.8)], { a: 1, b: 2 });
  expect(field("features")).toBe('{"steady":{"b":2,"a":1},"broken":{"a":1}}');
});

test("a shadow is published with all its answer says, marked as one, and is not among the models that decide", async () => {
  const shadows = new Set(["broken"]);
  const { intent, field } = await written(
    [model("steady", ["a"], 0.8), model("broken", ["a"], 0.9)],
    { a: 1 },
    1,
    shadows,
  );
  expect(breakdownV2.parse(JSON.parse(field("model_breakdown")))).toMatchObject({
    steady: { status: "active" },
    broken: { status: "shadow", action: "BUY", confidence: 0.9, feature_dim: 1 },
  });
  expect(payloadV2.parse(JSON.parse(field("payload")))).toMatchObject({ total_models: 1 });
  expect(intent).toMatchObject({ models: [{ nonPrediction: null }, { nonPrediction: "shadow", voted: false }] });
});

test("a shadow that cannot answer is inactive, like any model", async () => {
  const models = [model("steady", ["a"], 0.8), model("broken", ["a"], Number.NaN)];
  const { field } = await written(models, { a: 1 }, 1, new Set(["broken"]));
  expect(JSON.parse(field("model_breakdown"))).toMatchObject({
    broken: { status: "inactive", inactive_reason: "output_invalid" },
  });
});
