import { type EngineIdentity, type ModelReading, SHADOW } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { asShadow, compilePolicy, DEFAULT_POLICY, judgeTelemetry, TelemetryCard } from "../src/index.js";
import { checkOf, healthy, intent, prediction, scorecard } from "./support.js";

const engine = (weight: number): EngineIdentity => ({
  build: "abc",
  bootId: "b1",
  weights: new Map([
    ["m", weight],
    ["other", 1 - weight],
  ]),
  canary: null,
});

const shadow = (given: Partial<ModelReading>) => prediction({ ...given, nonPrediction: SHADOW, voted: false });

/** 300 decisions of the shadow "m" and of "other", with some of m's answers replaced. */
async function judged(
  replaced: Readonly<Record<number, Partial<ModelReading>>>,
  asked: string | null = "m",
  weight = 0,
) {
  const card = new TelemetryCard(DEFAULT_POLICY);
  healthy(300).forEach((answer, index) => {
    const m = { ...shadow(answer), ...replaced[index] };
    const other = prediction({ ...answer, model: "other" });
    const decision = intent(index, [m, other], { contract: 2, engine: engine(weight) });
    card.add(asked === null ? decision : asShadow(decision, asked));
  });
  const context = {
    asOfMs: 1_300_000,
    nowMs: 1e12,
    sinceMs: null,
    sourceClockOffsetMs: { low: 0, high: 0 },
    gaps: [],
    minEvents: 200,
    shadow: asked,
  };
  const { models, ensemble } = judgeTelemetry(card, await compilePolicy({ ...DEFAULT_POLICY, require: [] }), context);
  const of = (name: string) => {
    const found = models.find(({ model }) => model === name);
    if (found === undefined) throw new Error(`no verdict on ${name}`);
    return found;
  };
  return { of, ensemble, check: of("m").checks.find(({ id }) => id === "shadow_voted") };
}

describe("a shadow", () => {
  test("makes no predictions for a judge who was not asked about it, and there is no check of its votes", async () => {
    const { of, check } = await judged({}, null);
    expect(of("m")).toMatchObject({ verdict: "fail", stats: { n: 0, nonPredictions: 300 } });
    expect(of("m").nonPredictionReasons).toMatchObject([{ what: SHADOW, count: 300 }]);
    expect(check).toBeUndefined();
  });

  test("is judged by its answers when it was asked about; no other model is judged otherwise", async () => {
    const [asked, not] = [await judged({}), await judged({}, null)];
    expect(asked.of("m").stats).toMatchObject({ n: 300, nonPredictions: 0 });
    expect(asked.check).toMatchObject({ status: "pass", value: 0, limit: 0, n: 300 });
    expect(asked.of("other")).toEqual(not.of("other"));
    expect(asked.ensemble).toEqual(not.ensemble);
  });

  test("is one, too, if the engine gives it no weight at all", () => {
    const decision = intent(1, [shadow({})], {
      contract: 2,
      engine: { ...engine(0), weights: new Map([["other", 1]]) },
    });
    expect(asShadow(decision, "m").models).toMatchObject([{ model: "m", nonPrediction: null, voted: false }]);
  });

  test("is not a shadow if it voted once", async () => {
    const { of, check } = await judged({ 7: { nonPrediction: null, voted: true } });
    expect(check).toMatchObject({ status: "violation", value: 1, limit: 0 });
    expect(check?.reason).toBe(
      "the model was judged as a shadow, and is not one: voted (1 x, first 1007000-0); judge it without --shadow",
    );
    expect(of("m")).toMatchObject({ verdict: "fail", stats: { n: 299, nonPredictions: 1 } });
  });

  test("is not a shadow if a fallback of it voted", async () => {
    const { check } = await judged({ 7: { nonPrediction: "fallback: x", voted: true } });
    expect(check).toMatchObject({ status: "violation", value: 1 });
  });

  test("is not a shadow if the engine gives it a weight, even if it did not answer", async () => {
    const { check } = await judged({ 7: { nonPrediction: "inactive: timeout" } }, "m", 0.25);
    expect(check).toMatchObject({ status: "violation", value: 300 });
    expect(check?.reason).toContain("has a weight (300 x");
  });

  test("has its failures counted against it as any model", async () => {
    const failed = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [index, { nonPrediction: "error: x" }]));
    const { of } = await judged(failed);
    expect(of("m").stats).toMatchObject({ n: 270, nonPredictions: 30 });
    expect(of("m").verdict).toBe("fail");
  });

  test("may have voted unseen if there are more kinds of reasons than are counted apart", async () => {
    const kinds = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [index, { nonPrediction: `error: ${index}` }]),
    );
    expect((await judged(kinds)).check).toMatchObject({ status: "unknown", value: null, waived: false });
  });
});

describe("the check of a shadow's votes", () => {
  const of = (rejected: number, nonPrediction: string | null = null) =>
    checkOf(scorecard([...healthy(300), { nonPrediction }]), "shadow_voted", { rejected, isShadow: true });

  test("is unknown if an entry that cannot be read could hide one", () => {
    expect(of(2)).toMatchObject({ status: "unknown", value: 0, limit: 0, n: 301 });
    expect(of(2).reason).toBe(
      "none was seen, but 2 events could not be read, and each could hold a vote of the shadow",
    );
  });

  test("is violated by one vote, whatever could not be read, and by no other reason", () => {
    expect(of(2, "voted")).toMatchObject({ status: "violation", value: 1 });
    expect(of(0, "inactive: voted")).toMatchObject({ status: "pass", value: 0 });
    expect(of(0).reason).toBe("the model had no vote and no weight in any entry");
  });

  test("adds up votes and weights", () => {
    const card = scorecard([{ nonPrediction: "voted" }, { nonPrediction: "has a weight" }]);
    expect(checkOf(card, "shadow_voted", { isShadow: true })).toMatchObject({ status: "violation", value: 2 });
  });
});

test("a contradiction is found even among too many kinds of reasons", () => {
  const others = Array.from({ length: 120 }, (_, index) => ({ nonPrediction: `error: ${index}` }));
  const first = scorecard([{ nonPrediction: "voted" }, ...others]);
  expect(checkOf(first, "shadow_voted", { isShadow: true })).toMatchObject({ status: "violation", value: 1 });
});

test.each<[string, object, RegExp]>([
  ["without a mark of a vote", { models: [{ ...shadow({}), voted: undefined }] }, /voted of m is undefined/],
  ["whose weights are not a map", { engine: { weights: { m: 0.5 } } }, /intent\.engine\.weights/],
  ["without models", { models: null }, /intent\.models is null/],
])("a decision %s is refused", (_, wrong, message) => {
  expect(() => asShadow({ ...intent(1, [shadow({})]), ...wrong }, "m")).toThrow(message);
});

test.each([null, 7, ""])("%j is not the name of a shadow", (model) => {
  expect(() => asShadow(intent(0, []), model as string)).toThrow(/the shadow/);
});
