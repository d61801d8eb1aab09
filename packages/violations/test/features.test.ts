import { V1_FEATURES, type EntryId, type InvalidValue } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  FeatureCard,
  judgeFeatures,
  parseFeatureManifest,
  verdictOf,
  type FeatureManifest,
} from "../src/index.js";

type Values = Record<string, number | InvalidValue>;

const id = (index: number) => `${index + 1}-0` as EntryId;
const live = (index: number): Values =>
  Object.fromEntries(V1_FEATURES.map((name, column) => [name, Math.sin(index * (column + 1)) + column]));

function card(vectors: readonly Values[], manifest: FeatureManifest | null = null): FeatureCard {
  const made = new FeatureCard(manifest);
  vectors.forEach((values, index) => {
    made.add({ id: id(index), features: [{ model: null, values: new Map(Object.entries(values)) }], models: [] });
  });
  return made;
}

function judge(
  made: FeatureCard,
  given: { manifest?: FeatureManifest | null; rejected?: number; version1?: boolean } = {},
) {
  const { manifest = null, rejected = 0, version1 = true } = given;
  const judged = judgeFeatures(made, { policy: DEFAULT_POLICY, manifest, version1, rejected });
  const violated = judged.checks.filter(({ status }) => status === "violation").map((check) => check.id);
  return {
    ...judged,
    violated,
    verdict: verdictOf(judged.checks),
    of: (check: string) => judged.checks.find((c) => c.id === check),
  };
}

const vectors = (n: number, change: (values: Values, index: number) => Values = (values) => values) =>
  Array.from({ length: n }, (_, index) => change(live(index), index));

const without = (name: string) => (values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));

describe("feature sanity", () => {
  test("live features pass; drift is unknown without a reference, and waived", () => {
    const judged = judge(card(vectors(60)));
    expect(judged.verdict).toBe("pass");
    expect(judged.of("feature_drift")).toMatchObject({ status: "unknown", waived: true });
    expect(judged.features.map(({ feature }) => feature)).toEqual(V1_FEATURES);
  });

  test.each([
    [49, "fail"],
    [50, "pass"],
  ])("%i vectors: %s", (n, verdict) => {
    expect(judge(card(vectors(n))).verdict).toBe(verdict);
  });

  test("telemetry without features fails and says so", () => {
    const judged = judge(card(vectors(330, () => ({}))));
    expect(judged.verdict).toBe("fail");
    expect(judged.of("insufficient_vectors")?.reason).toContain("the telemetry carries no features");
  });

  test("a feature that is missing everywhere fails", () => {
    const judged = judge(card(vectors(300, without("atr_value"))));
    expect(judged.of("missing_feature")).toMatchObject({ status: "violation", value: 300 });
    expect(judged.of("missing_feature")?.reason).toContain("atr_value (in 300)");
  });

  test("a feature that is missing once fails, and so does an event without any", () => {
    expect(
      judge(card(vectors(300, ({ atr_value: atr, ...v }, i) => (i === 5 ? v : { ...v, atr_value: atr ?? 0 }))))
        .violated,
    ).toEqual(["missing_feature"]);
    expect(judge(card(vectors(300, (v, i) => (i === 5 ? {} : v)))).violated).toEqual(["missing_feature"]);
    expect(judge(card(vectors(300, (v, i) => (i === 5 ? {} : v)))).of("missing_feature")?.reason).toContain(
      "every feature (in 1)",
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300])(
    "one %d fails, at event 250 of 300",
    (value) => {
      const judged = judge(card(vectors(300, (v, i) => (i === 250 ? { ...v, atr_value: value } : v))));
      expect(judged.violated).toEqual(["feature_not_finite"]);
      expect(judged.of("feature_not_finite")?.reason).toContain("251-0");
    },
  );

  test("a value that is not a number fails", () => {
    const judged = judge(card(vectors(300, (v, i) => (i === 9 ? { ...v, funding_rate: { invalid: '"0.1"' } } : v))));
    expect(judged.violated).toEqual(["feature_not_a_number"]);
  });

  test.each([
    ["null", "feature_not_finite"],
    ['"NaN"', "feature_not_finite"],
    ['"-Infinity"', "feature_not_finite"],
    ['"high"', "feature_not_a_number"],
    ["[NaN]", "feature_not_a_number"],
    ["true", "feature_not_a_number"],
  ])("%s in place of a number fails as %s", (invalid, violation) => {
    const judged = judge(card(vectors(300, (v, i) => (i === 9 ? { ...v, funding_rate: { invalid } } : v))));
    expect(judged.violated).toEqual([violation]);
  });

  test.each([
    ["a name that is a number", [7, 1], "a name in intent.features[0] is 7"],
    ["a text", ["f", "1"], 'intent.features[0].values.get("f") is "1"'],
    ["null", ["f", null], 'intent.features[0].values.get("f") is null'],
    ["an object without a text", ["f", { invalid: 1 }], 'intent.features[0].values.get("f") is an object'],
  ])("%s is refused and named: it is not a vector", (_, entry, message) => {
    // Wrong types on purpose: callers without types can pass anything.
    const values = new Map([entry as [string, number]]);
    expect(() => {
      new FeatureCard(null).add({ id: id(0), features: [{ model: null, values }], models: [] });
    }).toThrow(message);
  });

  test("a manifest that names no model applies to every model's vectors", () => {
    const manifest = parseFeatureManifest('{"features":["f"]}', "one.json");
    const made = new FeatureCard(manifest);
    for (let index = 0; index < 60; index += 1)
      made.add({ id: id(index), features: [{ model: "a", values: new Map([["f", Math.sin(index)]]) }], models: [] });
    expect(judge(made, { manifest, version1: false }).features.map(({ model, feature }) => [model, feature])).toEqual([
      ["a", "f"],
    ]);
  });

  test("more than 30 % of the features flat fail", () => {
    expect(judge(card(vectors(300, (v) => ({ ...v, atr_value: 1 })))).verdict).toBe("pass");
    expect(
      judge(card(vectors(300, (v, i) => ({ ...v, atr_value: 1, funding_rate: 1 + 1e-7 * (i % 2) })))).violated,
    ).toEqual(["flat_features"]);
  });

  test("unread entries could hide anything", () => {
    expect(judge(card(vectors(300)), { rejected: 1 }).verdict).toBe("unknown");
  });

  test("stuck vectors cause a warning", () => {
    const stuck = vectors(300, (v, i) => (i >= 270 ? live(1) : v));
    expect(judge(card(stuck)).warnings).toHaveLength(1);
    expect(judge(card(vectors(300))).warnings).toHaveLength(0);
  });
});

describe("with a manifest", () => {
  const manifest = parseFeatureManifest(
    JSON.stringify({ features: ["a", "b"], reference: { a: { edges: [-0.5, 0, 0.5], counts: [100, 100, 100, 100] } } }),
    "m.json",
  );
  const spread = (index: number) => ({ a: (((index * 37) % 300) / 300) * 2 - 1, b: Math.cos(index) });
  const judgeBoth = (change: (values: Values, index: number) => Values) =>
    judge(
      card(
        Array.from({ length: 300 }, (_, index) => change(spread(index), index)),
        manifest,
      ),
      { manifest, version1: false },
    );

  test("the reference's distribution passes", () => {
    const judged = judgeBoth((values) => values);
    expect(judged.verdict).toBe("pass");
    expect(judged.features[0]?.psi).toBeLessThan(0.05);
  });

  test("drift, extra and missing features and another dimension fail", () => {
    expect(judgeBoth(({ a, b }) => ({ a: Math.abs(Number(a)), b: b ?? 0 })).violated).toEqual(["feature_drift"]);
    expect(judgeBoth((values) => ({ ...values, c: 1 })).violated).toEqual([
      "extra_feature",
      "feature_dimension",
      "flat_features",
    ]);
    expect(judgeBoth(({ a }) => ({ a: a ?? 0 })).violated).toEqual(["missing_feature", "feature_dimension"]);
  });

  test.each([
    ["{", "not JSON"],
    [" ", "it is empty"],
    ['{"features": ["a"], "features": ["b"]}', "it is not JSON: the key 'features' stands there twice"],
    ['{"features": ["a"], "reference": {"a": 1, "a": 2}}', "it is not JSON: the key 'a' stands there twice"],
    ['{"features": ["a"]} {}', "it is not JSON"],
    ["[]", "not an object"],
    ['{"features": []}', "'features'"],
    ['{"features": ["a", "a"]}', "'features'"],
    ['{"features": ["a"], "reference": {"b": {}}}', "'reference.b' is not among"],
    ['{"features": ["a"], "reference": {"a": {"edges": [1, 0], "counts": [1, 1, 1]}}}', "ascending"],
    ['{"features": ["a"], "reference": {"a": {"edges": [0], "counts": [1]}}}', "one more 'counts'"],
  ])("%s is refused", (text, message) => {
    expect(() => parseFeatureManifest(text, "m.json")).toThrow(message);
  });
});

test("if the vectors of several models repeat equally often, the first is named", () => {
  const made = new FeatureCard(null);
  const still = new Map([["return_1h", 0.5]]);
  for (let index = 0; index < 50; index += 1) {
    made.add({ id: id(index), features: ["xgboost", "nhits"].map((model) => ({ model, values: still })), models: [] });
  }
  expect(made.repeated()).toEqual({ share: 1, model: "xgboost" });
});

test("cards of parts, merged in any order, judge as the whole", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), fc.boolean(), (cut, swap) => {
      const all = vectors(120, (v, i) => (i % 40 === 7 ? { ...v, atr_value: Number.NaN } : v));
      const part = (from: number, to: number) => {
        const made = new FeatureCard();
        all.slice(from, to).forEach((values, index) => {
          made.add({
            id: id(from + index),
            features: [{ model: null, values: new Map(Object.entries(values)) }],
            models: [],
          });
        });
        return made;
      };
      const parts = [part(0, cut), part(cut, 120)];
      const merged = new FeatureCard();
      for (const one of swap ? parts.reverse() : parts) merged.merge(one);
      const whole = judge(card(all));
      const together = judge(merged);
      expect(together.checks.map(({ id: check, status, value }) => [check, status, value])).toEqual(
        whole.checks.map(({ id: check, status, value }) => [check, status, value]),
      );
      expect(merged.repeatedShare()).toBe(card(all).repeatedShare());
    }),
    { numRuns: 50 },
  );
});
