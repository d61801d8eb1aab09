import { expect, test } from "vitest";
import { failClosed, ModelError, vote } from "../src/index.js";

const model = failClosed({
  name: "momentum",
  labels: ["BUY", "SELL"],
  features: ["f"],
  predict: ({ data }) => {
    if (data[0] === 9) throw new ModelError("predict_failed", "Predictor failed", { cause: new Error("no memory") });
    return { label: "BUY", confidence: data[0] ?? 0 };
  },
});

const jsonOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("a prediction without an answer keeps in JSON why there is none", async () => {
  const prediction = await model.predict({ features: { f: Number.NaN } });
  expect(jsonOf(prediction)).toEqual({
    model: "momentum",
    status: "inactive",
    reason: "input_not_finite",
    error: { name: "ModelError", code: "input_not_finite", message: "Input holds NaN in 'f'" },
    artifactSha256: null,
    featureDim: 1,
    latencyMs: null,
  });
});

test("an error keeps the message of its cause, whatever that is", async () => {
  const prediction = await model.predict({ features: { f: 9 } });
  expect(jsonOf(prediction)).toMatchObject({ error: { code: "predict_failed", cause: "no memory" } });
  const circular: unknown[] = [];
  circular.push(circular);
  for (const [cause, kept] of [
    ["text", '"text"'],
    [null, expect.any(String)],
    [circular, expect.any(String)],
    [Object.create(null), expect.any(String)],
  ] as const)
    expect(jsonOf(new ModelError("timeout", "Late", { cause }))).toMatchObject({ message: "Late", cause: kept });
});

test("a decision keeps in JSON the weights that it was made with", async () => {
  const prediction = await model.predict({ features: { f: 0.7 } });
  const decision = vote([prediction], { weights: new Map([["momentum", 1]]), quorum: 1 });
  expect(jsonOf(decision)).toMatchObject({ kind: "decision", action: "BUY", weights: { momentum: 1 } });
  if (decision.kind === "decision") expect([...decision.weights]).toEqual([["momentum", 1]]);
});
