import { seededTelemetry } from "@qsc-tooling/testkit";
import type { ModelDiagnosis } from "@qsc/contract";
import { toTerminal } from "@qsc/report";
import { beforeAll, describe, expect, test } from "vitest";
import { diagnose } from "../../../src/index.js";
import { ALL, judgementContext, sourceOf } from "../../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const LATER = START + 86_400_000;
const LABELS = ["BUY", "SELL", "HOLD"];

type Confidence = (index: number) => number;
/** Spread evenly over [0.2, 0.9], in no order. */
const spread: Confidence = (index) => 0.2 + (0.7 * ((index * 37) % 101)) / 101;
const mostly =
  (share: number, value: number): Confidence =>
  (index) =>
    (index * 61) % 100 < share * 100 ? value : spread(index);

/** Before and after the cutover. */
const CASES: Readonly<Record<string, readonly [before: Confidence, after: Confidence]>> = {
  constant_then_spread: [() => 0.5, spread],
  constant_then_above: [() => 0.5, (index) => 0.5 + spread(index) / 2],
  spread_then_constant: [spread, () => 0.5],
  constant_then_the_same: [() => 0.5, () => 0.5],
  constant_then_another: [() => 0.5, () => 0.5001],
  spread_then_the_same: [spread, (index) => spread(index + 11)],
  // With the old deciles, 0.5 and everything up to the next one shared a bin.
  one_value_then_its_neighbours: [
    mostly(0.6, 0.5),
    (index) => ((index * 61) % 100 < 60 ? 0.5001 + ((index * 17) % 50) / 1e4 : spread(index)),
  ],
  neighbours_then_one_value: [
    (index) => ((index * 61) % 100 < 60 ? 0.5001 + ((index * 17) % 50) / 1e4 : spread(index)),
    mostly(0.6, 0.503),
  ],
  shifted: [spread, (index) => Math.min(1, spread(index) + 0.2)],
};
const MODELS = Object.keys(CASES);

/** The diagnosis of every case, of `n` decisions before the cutover and `n` after it. */
async function diagnosisOf(n: number, before = n): Promise<ReadonlyMap<string, ModelDiagnosis>> {
  const { entries } = seededTelemetry({
    seed: 3,
    count: before + n,
    startMs: START,
    intervalMs: 10,
    mutate: (draft, index) => {
      draft.modelBreakdown = Object.fromEntries(
        Object.entries(CASES).map(([model, [first, then]]) => {
          const answer = {
            ...Object.values(draft.modelBreakdown)[0],
            action: LABELS[index % 3],
            confidence: index < before ? first(index) : then(index),
          };
          return [model, answer];
        }),
      );
      draft.payload["weights"] = Object.fromEntries(MODELS.map((model) => [model, 1 / MODELS.length]));
    },
  });
  const document = await diagnose(
    sourceOf(entries),
    { ...ALL, afterMs: START + before * 10, model: null, journal: { skipped: "a recording" } },
    judgementContext(LATER),
  );
  return new Map(document.models.map((model) => [model.model, model]));
}

describe.each([
  ["300", 300],
  ["more than 20,000", 20_100],
])("the drift of confidences of %s decisions before and after", (_, n) => {
  let found: ReadonlyMap<string, ModelDiagnosis>;
  beforeAll(async () => {
    found = await diagnosisOf(n);
  });
  const driftOf = (model: string): number => found.get(model)?.drift?.confidence ?? Number.NaN;

  test.each([
    "constant_then_spread",
    "constant_then_above",
    "spread_then_constant",
    "constant_then_another",
    "one_value_then_its_neighbours",
    "neighbours_then_one_value",
    "shifted",
  ])("%s has drifted", (model) => {
    expect(driftOf(model)).toBeGreaterThan(0.25);
  });

  test.each(["constant_then_the_same", "spread_then_the_same"])("%s has not", (model) => {
    expect(driftOf(model)).toBeLessThan(0.05);
  });

  test("a model that passes its checks but has drifted is not called sound", () => {
    expect(found.get("shifted")).toMatchObject({
      verdict: "pass",
      cause: expect.stringContaining("has drifted") as string,
    });
    expect(found.get("spread_then_the_same")).toMatchObject({
      verdict: "pass",
      cause: "The model's own output shows nothing wrong.",
    });
  });
});

test("the drift of many decisions is that of few, within what their number explains", async () => {
  const [few, many] = [await diagnosisOf(15_000), await diagnosisOf(20_100)];
  for (const model of [
    "spread_then_the_same",
    "shifted",
    "one_value_then_its_neighbours",
    "neighbours_then_one_value",
  ]) {
    const [a, b] = [few, many].map((found) => found.get(model)?.drift?.confidence ?? Number.NaN) as [number, number];
    // An empty bin counts for more if it could have had more answers: by the logarithm of the ratio.
    expect(Math.abs(a - b), model).toBeLessThan(0.02 + 0.05 * Math.max(a, b));
  }
});

describe("drift that cannot be measured", () => {
  test.each([
    [0, "the model did not appear before the cutover"],
    [40, "only 40 answers came before the cutover, and at least 100 are needed"],
  ])("after %d decisions before the cutover is unknown, and said to be", async (before, why) => {
    const found = (await diagnosisOf(300, before)).get("shifted");
    expect(found?.drift).toEqual({
      labels: null,
      confidence: null,
      unknown: [`the drift of labels is unknown: ${why}`, `the drift of confidence is unknown: ${why}`],
    });
    expect(found?.verdict).toBe("pass");
    expect(found?.cause).toContain(`whether it has drifted is unknown: the drift of labels is unknown: ${why}`);
    expect(found?.cause).not.toContain("nothing wrong");
  });

  test.each([
    ["only non-predictions", { inactive: true }, "all its 60 answers before the cutover are non-predictions"],
    ["only silent fallbacks", { model: "xgb_fallback" }, "all its 60 answers before the cutover are non-predictions"],
    [
      "only confidences that cannot be read",
      { confidence: "high" },
      "none of its 60 answers before the cutover can be read",
    ],
  ])("if %s came before the cutover is unknown, and names what came", async (_, marks, why) => {
    const { entries } = seededTelemetry({
      seed: 3,
      version: 1,
      count: 360,
      startMs: START - 60_000,
      intervalMs: 1000,
      mutate: (draft, index) => {
        if (index < 60) Object.assign(draft.modelBreakdown["xgboost"] ?? {}, marks);
      },
    });
    const document = await diagnose(
      sourceOf(entries),
      { ...ALL, afterMs: START, model: "xgboost", journal: { skipped: "a recording" } },
      judgementContext(LATER),
    );
    expect(document.models[0]?.drift?.unknown).toContain(`the drift of confidence is unknown: ${why}`);
  });

  test("is also in the report", async () => {
    const { entries } = seededTelemetry({ seed: 3, count: 300, startMs: START, intervalMs: 1000 });
    const document = await diagnose(
      sourceOf(entries),
      { ...ALL, afterMs: START, model: null, journal: { skipped: "a recording" } },
      judgementContext(LATER),
    );
    const shown = toTerminal(document, { color: false });
    expect(shown).toContain("the drift of confidence is unknown: the model did not appear before the cutover");
    expect(shown).not.toContain("PSI -");
    expect(shown).not.toContain("nothing wrong");
  });
});

test("a threshold between trading and holding is found in many decisions as in few", async () => {
  const { entries } = seededTelemetry({
    seed: 3,
    count: 40_000,
    startMs: START,
    intervalMs: 10,
    mutate: (draft, index) => {
      const confidence = 0.3 + ((index * 37) % 600) / 1000;
      const action = confidence < 0.6 ? "HOLD" : LABELS[index % 2];
      draft.modelBreakdown = {
        nhits: { ...Object.values(draft.modelBreakdown)[0], action, confidence },
        xgboost: Object.values(draft.modelBreakdown)[0] ?? {},
      };
    },
  });
  const document = await diagnose(
    sourceOf(entries),
    { ...ALL, model: "nhits", journal: { skipped: "a recording" } },
    judgementContext(LATER),
  );
  expect(document.models[0]?.inferredThreshold).toBeCloseTo(0.6, 9);
});
