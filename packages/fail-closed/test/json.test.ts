import fc from "fast-check";
import { expect, test } from "vitest";
import { createEnsemble, failClosed, ModelError, vote } from "../src/index.js";

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

/** A value as JSON should keep it: no member is lost, a map is an object, and an error says what it is. */
function kept(value: unknown): unknown {
  if (value instanceof Map) return kept(Object.fromEntries(value));
  if (value instanceof ModelError) {
    const { name, code, message, cause } = value;
    return { name, code, message, ...(cause instanceof Error && { cause: cause.message }) };
  }
  if (Array.isArray(value)) return value.map(kept);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, kept(member)]));
}

test("JSON keeps every member of any decision of an ensemble and of its predictions", async () => {
  // What the predictor does: answers, answers out of range, answers an unknown label, throws, or gets no number.
  const acts = fc.constantFrom("A", "B", "beyond", "unknown", "throws", "unfit");
  const wrapped = (name: string) =>
    failClosed({
      name,
      labels: ["A", "B"],
      features: [name],
      predict: ({ data: [act = 0] }) => {
        if (act === 4) throw new Error("no memory");
        return { label: ["A", "B", "A", "C"][act] ?? "", confidence: act === 2 ? 1.5 : 0.6 };
      },
    });
  const names = ["one", "two", "three"] as const;
  const kinds = new Set<string>();
  const law = fc.asyncProperty(
    fc.array(fc.tuple(acts, acts, acts), { minLength: 1, maxLength: 5 }),
    fc.constantFrom([0.5, 0.3, 0.2], [1, 0, 0], [0.5, 0.5, 0]),
    fc.integer({ min: 1, max: 3 }),
    async (rows, weights, quorum) => {
      await using ensemble = createEnsemble({
        models: names.map(wrapped),
        weights: new Map(names.map((name, at) => [name, weights[at] ?? 0])),
        quorum,
      });
      for (const row of rows) {
        const values = row.map((act) => ["A", "B", "beyond", "unknown", "throws"].indexOf(act));
        const features = Object.fromEntries(names.map((name, at) => [name, values[at] === -1 ? "x" : values[at]]));
        const decided = await ensemble.decide({ features });
        expect(jsonOf(decided)).toStrictEqual(kept(decided));
        kinds.add(decided.decision.kind === "decision" ? "decision" : decided.decision.reason);
      }
    },
  );
  // One of each kind of decision, whatever the seed.
  await fc.assert(law, {
    numRuns: 200,
    examples: [
      [[["A", "A", "B"]], [0.5, 0.3, 0.2], 1],
      [[["A", "B", "A"]], [0.5, 0.5, 0], 1],
      [[["throws", "A", "A"]], [1, 0, 0], 1],
      [[["A", "throws", "unfit"]], [0.5, 0.3, 0.2], 3],
    ],
  });
  expect([...kinds].sort()).toEqual(["below_quorum", "decision", "no_weight", "tie"]);
});
