import type { FeatureVector } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { psi } from "@qsc/stats";
import {
  DEFAULT_POLICY,
  FeatureCard,
  judgeFeatures,
  leastRows,
  parseFeatureManifest,
  type FeatureManifest,
  type FeatureManifests,
} from "../src/index.js";
import { even, id, seeded, shared, uniform, window, withLimits } from "./support.js";

function judge(vectors: readonly (readonly FeatureVector[])[], manifest: FeatureManifests, policy = DEFAULT_POLICY) {
  const card = new FeatureCard(manifest);
  for (const [index, features] of vectors.entries()) card.add({ id: id(index), features, models: [] });
  const judged = judgeFeatures(card, { policy, manifest, version1: false, rejected: 0 });
  return { ...judged, of: (name: string) => judged.checks.find((check) => check.id === name) };
}

describe("drift is distinguished from chance", () => {
  test.each([
    [121, 78, "violation"],
    [69, 47, "pass"],
  ])("one feature with %i vectors, %i of them in one half, is at the edge of chance: %s", (n, first, status) => {
    // By the test of homogeneity, the probabilities of these are 0.00499 and 0.00501.
    const halves = uniform(1, [0.5], 400);
    const policy = withLimits({ "feature_drift.psi": 0.01 });
    const vectors = Array.from({ length: n }, (_, at) => shared({ f0: at < first ? 0.2 : 0.7 }));
    expect(judge(vectors, halves, policy).of("feature_drift")?.status).toBe(status);
  });

  test("if two models have a feature of the same name, each is judged by its own values", () => {
    const halves = uniform(1, [0.5], 400);
    const manifests = new Map([
      ["a", halves],
      ["b", halves],
    ]);
    const vectors = Array.from({ length: 200 }, (_, at): readonly FeatureVector[] => [
      { model: "a", values: new Map([["f0", at % 2 === 0 ? 0.2 : 0.7]]) },
      { model: "b", values: new Map([["f0", 0.2 + at / 1000]]) },
    ]);
    const { of } = judge(vectors, manifests);
    expect(of("feature_drift")).toMatchObject({ status: "violation" });
    expect(of("feature_drift")?.reason).toMatch(/not by chance \([^)]*b/);
  });

  test("a pass names the largest PSI, or says that no reference has values", () => {
    const halves = uniform(1, [0.5], 400);
    const vectors = (name: string) =>
      Array.from({ length: 60 }, (_, at) => shared({ [name]: at % 2 === 0 ? 0.2 : 0.7 }));
    expect(judge(vectors("f0"), halves).of("feature_drift")?.reason).toMatch(
      /^the largest PSI against the reference is 0/,
    );
    const { status, reason } = judge(vectors("other"), halves).of("feature_drift") ?? {};
    expect({ status, reason }).toMatchObject({
      status: "unknown",
      reason: "no feature could be measured against its reference",
    });
  });

  test("a limit that is not a number is refused", () => {
    const manifest = uniform(1, even(4));
    const stuck = Array.from({ length: 100 }, (_, at) => shared({ f0: at / 1000 }));
    expect(() => judge(stuck, manifest, withLimits({ "feature_drift.psi": Number.NaN }))).toThrow(
      'limits["feature_drift.psi"] is NaN',
    );
  });

  test.each([
    [50, 1.2],
    [100, 0.8],
    [200, 0.8],
    [2000, 0.8],
  ])("a shift of one of 12 features is found with %i vectors if it is %d deviations", (n, shift) => {
    const manifest = normal(12);
    const random = seeded(n);
    const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const { of, warnings } = judge(
      window(n, manifest, (feature) => gaussian() + (feature === 7 ? shift : 0)),
      manifest,
    );
    expect(of("feature_drift")).toMatchObject({ status: "violation" });
    expect(of("feature_drift")?.reason).toContain("0.25 or more, and not by chance (f7)");
    if (n >= 150) expect(warnings).toEqual([]);
  });

  test("a PSI beyond the limit that chance explains passes, but with a warning that says what would decide", () => {
    const manifest = uniform(12, even(10));
    const random = seeded(3);
    const { of, warnings, features } = judge(window(50, manifest, random), manifest);
    expect(Math.max(...features.map(({ psi: value }) => value ?? 0))).toBeGreaterThan(0.25);
    expect(of("feature_drift")).toMatchObject({ status: "pass" });
    expect(of("feature_drift")?.reason).toMatch(
      /0\.25 or more \(f\d.*\), as chance may have it: no drift is proven, and none excluded/,
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /^PSI of f\d.* is 0\.25 or more, which chance alone may give with 50 vectors and 12 features: judge about 1[12]\d vectors to tell$/,
      ),
    ]);
  });

  test("a policy that requires feature_drift does not let such a PSI pass", () => {
    const manifest = uniform(12, even(10));
    const { of } = judge(window(50, manifest, seeded(3)), manifest, { ...DEFAULT_POLICY, require: ["feature_drift"] });
    expect(of("feature_drift")).toMatchObject({ status: "unknown", waived: false });
  });

  test("a small reference asks for more vectors; one that is too small for the limit asks for more rows", () => {
    const warned = (manifest: FeatureManifest, policy = DEFAULT_POLICY) =>
      judge(window(50, manifest, seeded(3)), manifest, policy).warnings.join();
    expect(warned(uniform(12, even(10), 360))).toContain(
      "with 50 vectors and 12 features: judge about 182 vectors to tell",
    );
    expect(warned(uniform(12, even(10)))).toContain("judge about 121 vectors to tell");
    expect(warned(uniform(12, even(20), 760), withLimits({ "feature_drift.psi": 0.05 }))).toContain(
      "count more training rows into the reference to tell",
    );
  });

  test("a policy that requires feature_drift passes when nothing is open", () => {
    const manifest = uniform(2, even(4));
    const { of } = judge(window(300, manifest, seeded(4)), manifest, { ...DEFAULT_POLICY, require: ["feature_drift"] });
    expect(of("feature_drift")?.status).toBe("pass");
  });

  test("as many vectors as the warning asks for leave nothing open", () => {
    const manifest = uniform(12, even(10));
    const random = seeded(5);
    let open = 0;
    for (let round = 0; round < 100; round += 1) open += judge(window(135, manifest, random), manifest).warnings.length;
    expect(open).toBeLessThanOrEqual(2);
  });
});

/** A manifest whose features are standard normal, with decile bins. */
function normal(features: number): FeatureManifest {
  const deciles = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
  const names = Array.from({ length: features }, (_, at) => `f${at}`);
  return {
    features: names,
    reference: new Map(names.map((name) => [name, { edges: deciles, counts: deciles.concat(0).map(() => 12_000) }])),
  };
}

describe("each model is judged by its own manifest", () => {
  const a: FeatureManifest = { ...uniform(2, even(4)), model: "a" };
  const b: FeatureManifest = {
    model: "b",
    features: ["x", "y", "z"],
    reference: new Map([["x", { edges: [10, 20, 30], counts: [1000, 1000, 1000, 1000] }]]),
  };
  const random = seeded(9);
  const own = (change: (values: Record<string, Record<string, number>>) => void = () => undefined) =>
    Array.from({ length: 200 }, (): readonly FeatureVector[] => {
      const values = { a: { f0: random(), f1: random() }, b: { x: 40 * random(), y: random(), z: random() } };
      change(values);
      return Object.entries(values).map(([model, each]) => ({ model, values: new Map(Object.entries(each)) }));
    });
  const both = new Map([
    ["a", a],
    ["b", b],
  ]);
  const violated = ({ checks }: ReturnType<typeof judge>) =>
    checks.filter(({ status }) => status === "violation").map((check) => check.id);

  test("when their vectors differ and both are right", () => {
    const judged = judge(own(), both);
    expect(violated(judged)).toEqual([]);
    expect(judged.warnings).toEqual(["The manifest has no reference for b.y, b.z: drift of these is not measured."]);
    expect(judged.of("feature_drift")).toMatchObject({ status: "pass", n: 3 });
    expect(judged.features.map(({ model, feature, psi: value }) => [model, feature, value === null])).toEqual([
      ["a", "f0", false],
      ["a", "f1", false],
      ["b", "x", false],
      ["b", "y", true],
      ["b", "z", true],
    ]);
  });

  test("a missing, an extra and a drifted feature are found in the model that has it", () => {
    expect(
      judge(
        own(({ b: values }) => {
          delete values?.["y"];
        }),
        both,
      ).of("missing_feature")?.reason,
    ).toContain("b.y (in 200)");
    expect(
      judge(
        own(({ a: values }) => {
          if (values) values["q"] = random();
        }),
        both,
      ).of("extra_feature")?.reason,
    ).toContain("a.q");
    expect(
      judge(
        own(({ a: values }) => {
          if (values) values["q"] = random();
        }),
        both,
      ).of("feature_dimension")?.reason,
    ).toContain("3 features of a instead of 2 (200 x");
    expect(
      judge(
        own(({ b: values }) => {
          if (values) values["x"] = 15 + random();
        }),
        both,
      ).of("feature_drift")?.reason,
    ).toContain("(b.x)");
  });

  test("a model with vectors but no manifest is named if others have one; a policy may require one", () => {
    const judged = judge(own(), new Map([["a", a]]));
    expect(violated(judged)).toEqual([]);
    expect(judged.warnings).toEqual([
      "no manifest was given for b: names, dimension and drift of the vectors were not judged there",
    ]);
    const strict = judge(own(), new Map([["a", a]]), { ...DEFAULT_POLICY, require: ["feature_drift"] });
    expect(strict.of("feature_drift")).toMatchObject({
      status: "unknown",
      waived: false,
      reason: "no manifest was given for b",
    });
  });

  test("a manifest that names its model applies only to that model's own vector", () => {
    const judged = judge(own(), a);
    expect(violated(judged)).toEqual([]);
    expect(judged.warnings).toEqual([expect.stringContaining("no manifest was given for b")]);
    const unnamed: FeatureManifest = { features: a.features, reference: a.reference };
    expect(violated(judge(own(), unnamed))).toEqual(["missing_feature", "extra_feature", "feature_dimension"]);
  });

  test("a manifest that names its model also applies to a vector that all share, and to no vectors at all", () => {
    const vectors = Array.from({ length: 200 }, () => shared({ f0: random(), f1: random() }));
    expect(judge(vectors, a).of("feature_drift")).toMatchObject({ status: "pass", n: 2 });
    expect(judge(vectors, a).warnings).toEqual([]);
    expect(judge([], a).features.map(({ model, feature }) => [model, feature])).toEqual([
      [null, "f0"],
      [null, "f1"],
    ]);
  });

  test("a model with a manifest but no vector has all its features missing", () => {
    const without = own((values) => {
      delete values["b"];
    });
    expect(judge(without, both).of("missing_feature")?.reason).toContain("b.x (in 200), b.y (in 200), b.z (in 200)");
    expect(violated(judge(without, b))).toEqual(["missing_feature"]);
  });

  test("a vector that all models share counts for each model", () => {
    const vectors = Array.from({ length: 200 }, () => shared({ f0: random(), f1: 0.3 * random() }));
    const tight: FeatureManifest = {
      ...uniform(2, even(4)),
      model: "tight",
      reference: new Map([["f1", { edges: [0.1, 0.2], counts: [500, 500, 500] }]]),
    };
    const judged = judge(
      vectors,
      new Map([
        ["a", a],
        ["tight", tight],
      ]),
    );
    expect(judged.of("feature_drift")?.reason).toContain("(a.f1)");
    expect(judged.features.map(({ model, feature }) => `${model ?? ""}.${feature}`)).toEqual([
      "a.f0",
      "a.f1",
      "tight.f0",
      "tight.f1",
    ]);
  });

  test("a feature without a reference is named if others have one; a policy that requires drift does not pass then", () => {
    const partial: FeatureManifest = { ...a, reference: new Map([...a.reference].slice(0, 1)) };
    const vectors = Array.from({ length: 200 }, () => shared({ f0: random(), f1: 5 + random() }));
    const [found, required] = [DEFAULT_POLICY, { ...DEFAULT_POLICY, require: ["feature_drift" as const] }].map(
      (policy) => judge(vectors, partial, policy),
    );
    expect(found?.of("feature_drift")?.status).toBe("pass");
    expect(judge(vectors, { ...a, reference: new Map() }).warnings).toEqual([]);
    expect(found?.warnings).toContain("The manifest has no reference for f1: drift of this is not measured.");
    expect(required?.of("feature_drift")).toMatchObject({
      status: "unknown",
      reason: "the manifest has no reference for f1",
    });
  });

  test("and merged cards judge as the whole", () => {
    const vectors = own();
    const card = (part: typeof vectors, from: number) => {
      const made = new FeatureCard(both);
      for (const [index, features] of part.entries()) made.add({ id: id(from + index), features, models: [] });
      return made;
    };
    const merged = card(vectors.slice(0, 90), 0);
    merged.merge(card(vectors.slice(90), 90));
    const context = { policy: DEFAULT_POLICY, manifest: both, version1: false, rejected: 0 };
    expect(judgeFeatures(merged, context).features.map(({ psi: value }) => value)).toEqual(
      judgeFeatures(card(vectors, 0), context).features.map(({ psi: value }) => value),
    );
  });
});

describe("a reference contains counts", () => {
  test.each(["references", "Reference"])("under the key reference: %s is refused", (key) => {
    expect(() => parseFeatureManifest(JSON.stringify({ features: ["a"], [key]: {} }), "m.json")).toThrow(
      `'${key}' is not read: write 'reference'`,
    );
  });

  const manifest = (counts: readonly number[]) =>
    JSON.stringify({ features: ["a"], reference: { a: { edges: even(counts.length), counts } } });
  const times = (bins: number, count: number) => Array.from({ length: bins }, () => count);

  test.each([
    [
      "proportions",
      times(10, 0.1),
      "'reference.a' has the count 0.1: write how many training rows fell into each bin; multiply shares by the number of rows",
    ],
    ["densities", [0.5, 1.5, 2, 1.5], "has the count 0.5"],
    ["weighted rows", [1000.5, 1000, 1000, 999.5], "has the count 1000.5"],
    [
      "whole percentages",
      times(10, 10),
      "'reference.a' counts 100 training rows in 10 bins, where at least 360 are needed: count more rows, or use fewer bins",
    ],
    ["whole percentages of two bins", [40, 60], "counts 100 training rows in 2 bins, where at least 200 are needed"],
    ["all in one bin, as a share", [0, 1, 0], "counts 1 training rows in 3 bins"],
    ["more than a number can count exactly", [2 ** 53, 1], "has a count of 9007199254740992; a count is at most"],
    ["a total of more than that", [2 ** 53 - 1, 2 ** 53 - 1], "more than a number holds exactly"],
  ])("%s are refused: %j", (_, counts, message) => {
    expect(() => parseFeatureManifest(manifest(counts), "m.json")).toThrow(
      expect.objectContaining({ code: "invalid_manifest", message: expect.stringContaining(message) }),
    );
  });

  test.each([2, 3, 6, 7, 10, 20, 50])(
    "with %i bins are accepted from the least total on, and refused below",
    (bins) => {
      const least = leastRows(bins);
      const counts = times(bins, 0).map((_, bin) => (bin === 0 ? least : 0));
      expect(parseFeatureManifest(manifest(counts), "m.json").reference.get("a")?.counts).toEqual(counts);
      expect(() => parseFeatureManifest(manifest(counts.map((count) => Math.max(0, count - 1))), "m.json")).toThrow(
        "are needed",
      );
    },
  );

  test("with the least total, chance alone gives at most about a tenth of the limit", () => {
    const random = seeded(77);
    for (const bins of [2, 10, 20]) {
      let sum = 0;
      for (let round = 0; round < 200; round += 1) {
        const counts = times(bins, 0);
        for (let row = 0; row < leastRows(bins); row += 1) {
          const bin = Math.floor(random() * bins);
          counts[bin] = (counts[bin] ?? 0) + 1;
        }
        sum += psi(counts, times(bins, 1_000_000)) ?? Infinity;
      }
      expect(sum / 200).toBeLessThan(0.0275);
    }
  });

  test("the judge refuses a card made from shares instead of judging it wrongly", () => {
    const shares: FeatureManifest = {
      features: ["a"],
      reference: new Map([["a", { edges: even(10), counts: times(10, 0.1) }]]),
    };
    expect(() =>
      judge(
        Array.from({ length: 60 }, (_, at) => shared({ a: at / 60 })),
        shares,
      ),
    ).toThrow("multiply shares by the number of values");
  });
});

describe("features that are missing", () => {
  test("in every event, without any known name, are reported in a whole sentence", () => {
    const { of } = judge(
      Array.from({ length: 300 }, () => []),
      null,
    );
    expect(of("missing_feature")).toMatchObject({
      status: "violation",
      value: 300,
      reason: "not one of 300 events has any feature: let the engine publish them",
    });
  });

  test("of whole events are counted beside those that are named", () => {
    const vectors = Array.from({ length: 60 }, (_, at): readonly FeatureVector[] =>
      at < 5 ? [] : shared({ a: Math.sin(at), ...(at > 7 && { b: Math.cos(at) }) }),
    );
    expect(judge(vectors, null).of("missing_feature")?.reason).toBe(
      "missing in some of 60 events: every feature (in 5), a (in 5), b (in 8)",
    );
  });
});
