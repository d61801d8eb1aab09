import type { EntryId, FeatureVector, InvalidValue, ModelReading, Policy } from "@qsc/contract";
import { MAX_MAGNITUDE } from "@qsc/stats";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  FeatureCard,
  judgeFeatures,
  verdictOf,
  type FeatureContext,
  type FeatureManifest,
} from "../src/index.js";
import { prediction, withLimits } from "./support.js";

type Values = Readonly<Record<string, number | InvalidValue>>;

const id = (index: number) => `${index + 1}-0` as EntryId;
const vector = (values: Values, model: string | null = null): FeatureVector => ({
  model,
  values: new Map(Object.entries(values)),
});
const times = <T>(n: number, make: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => make(index));

function card(vectors: readonly Values[], manifest: FeatureManifest | null = null): FeatureCard {
  const made = new FeatureCard(manifest);
  vectors.forEach((values, index) => {
    made.add({ id: id(index), features: [vector(values)], models: [] });
  });
  return made;
}

function judge(made: FeatureCard, given: Partial<FeatureContext> = {}) {
  const judged = judgeFeatures(made, {
    policy: DEFAULT_POLICY,
    manifest: null,
    version1: false,
    rejected: 0,
    ...given,
  });
  return {
    ...judged,
    verdict: verdictOf(judged.checks),
    of: (check: string) => judged.checks.find((one) => one.id === check),
  };
}

const moving = (index: number) => Math.sin(index + 1);
const reference = { edges: [-0.5, 0, 0.5], counts: [100, 100, 100, 100] };
const named = (features: readonly string[], references: readonly string[]): FeatureManifest => ({
  features,
  reference: new Map(references.map((name) => [name, reference])),
});

describe("flat features", () => {
  const names = "a b c d e f g h i j".split(" ");
  const withFlat = (flat: number) =>
    card(
      times(60, (row) =>
        Object.fromEntries(names.map((name, column) => [name, column < flat ? 1 : moving(row + column)])),
      ),
    );

  test.each([
    [3, "pass"],
    [4, "violation"],
  ])("%i of 10 are a %s", (flat, status) => {
    expect(judge(withFlat(flat)).of("flat_features")).toMatchObject({ status, value: flat / 10, n: 10 });
  });

  test("features that do not move are named, and none if all move", () => {
    expect(judge(withFlat(2)).of("flat_features")?.reason).toBe(
      "2 of 10 features do not move (a, b); at most 30 % may be flat",
    );
    expect(judge(withFlat(0)).of("flat_features")?.reason).toBe(
      "0 of 10 features do not move; at most 30 % may be flat",
    );
  });

  test.each([
    [0.995e-6, true],
    [1e-6, false],
    [1.005e-6, false],
  ])("a deviation of %d is flat: %s", (deviation, flat) => {
    const [feature] = judge(card([{ a: 0 }, { a: 2 * deviation }])).features;
    expect(feature).toMatchObject({ std: deviation, flat });
  });

  test("a feature with numbers is measured; one without any number is not", () => {
    expect(judge(card(times(60, (row) => ({ a: moving(row) })))).of("flat_features")).toMatchObject({
      status: "pass",
      value: 0,
      n: 1,
    });
    expect(judge(card(times(60, () => ({ a: Number.NaN })))).of("flat_features")).toMatchObject({
      status: "unknown",
      value: null,
      n: 0,
    });
    const half = times(60, (row) => ({ a: moving(row), b: Number.NaN }));
    expect(judge(card(half)).of("flat_features")).toMatchObject({ status: "pass", value: 0, n: 1 });
  });
});

describe("too few vectors", () => {
  test.each([
    [0, "0 of 0 events have a feature vector"],
    [1, "the telemetry carries no features: not one of 1 events"],
    [2, "the telemetry carries no features: not one of 2 events"],
  ])("%i events without any", (n, reason) => {
    const judged = judge(card(times(n, () => ({}))));
    expect(judged.of("insufficient_vectors")?.reason).toContain(reason);
    expect(judged.of("missing_feature")).toMatchObject({ status: n === 0 ? "pass" : "violation", value: n });
  });

  test("an event without a vector does not count", () => {
    const made = card(times(60, (row) => (row < 15 ? {} : { a: moving(row) })));
    expect(judge(made).of("insufficient_vectors")).toMatchObject({ status: "violation", value: 45, n: 60 });
    expect(judge(made).of("insufficient_vectors")?.reason).toContain("45 of 60 events have a feature vector");
    expect(judge(made).of("missing_feature")).toMatchObject({ value: 15 });
    expect(judge(made).of("feature_dimension")).toMatchObject({ n: 45 });
  });

  test("only missing features are named as missing", () => {
    const made = card(times(60, (row) => (row < 5 ? { a: 1 } : { a: moving(row), b: row })));
    expect(judge(made).of("missing_feature")?.reason).toBe("missing in some of 60 events: b (in 5)");
  });

  test("a model that predicts without a vector while another has one was fed with nothing", () => {
    const of = (models: readonly string[]) => {
      const made = new FeatureCard();
      for (let row = 0; row < 60; row += 1) {
        const features = [vector({ a: moving(row) }, "m"), vector({}, "k")];
        made.add({ id: id(row), features, models: models.map((model) => prediction({ model })) });
      }
      return judge(made);
    };
    expect(of(["m"]).of("missing_feature")?.status).toBe("pass");
    expect(of(["m"]).of("insufficient_vectors")).toMatchObject({ status: "pass", value: 60 });
    expect(of(["m", "k"]).of("missing_feature")).toMatchObject({ status: "violation", value: 60 });
    expect(of(["m", "k"]).of("missing_feature")?.reason).toContain("no vector of k (60 x, first 1-0)");
  });

  test("once is enough, unless the model gave no prediction or the ensemble has a vector too", () => {
    const unfed = (features: readonly FeatureVector[], given: Partial<ModelReading> = {}) => {
      const made = new FeatureCard();
      made.add({ id: id(0), features, models: [prediction({ model: "m" }), prediction({ model: "k", ...given })] });
      return judge(made).of("missing_feature");
    };
    const alone = vector({ a: 1 }, "m");
    expect(unfed([alone])).toMatchObject({ status: "violation", value: 1 });
    expect(unfed([alone])?.reason).toContain("no vector of k (1 x, first 1-0)");
    expect(unfed([alone], { nonPrediction: "shadow" })).toMatchObject({ status: "violation", value: 1 });
    expect(unfed([alone], { nonPrediction: "inactive: model_missing" })?.value).toBe(0);
    const both = new FeatureCard();
    both.add({ id: id(0), features: [vector({ a: 1 }), vector({ a: 1 }, "m")], models: [prediction({ model: "k" })] });
    expect(both.unfed.total).toBe(0);
  });
});

describe("the listed features", () => {
  test("come model by model, in order of names, each with its own values", () => {
    const made = new FeatureCard();
    for (const [value, model] of ["b", "c", "a"].entries())
      made.add({ id: id(0), features: [vector({ x: value }, model)], models: [] });
    expect(judge(made).features.map(({ model, n, mean }) => [model, n, mean])).toEqual([
      ["a", 1, 2],
      ["b", 1, 0],
      ["c", 1, 1],
    ]);
  });

  test("belong to the only model", () => {
    const made = new FeatureCard();
    made.add({ id: id(0), features: [vector({ x: 1 }, "m")], models: [] });
    expect(judge(made).features).toMatchObject([{ model: "m", feature: "x", n: 1, missing: 0 }]);
  });

  test("come from the manifest if there is nothing else", () => {
    expect(judge(card([]), { manifest: named(["a", "b"], []) }).features).toMatchObject([
      { model: null, feature: "a", n: 0, flat: false, psi: null },
      { model: null, feature: "b", n: 0, flat: false, psi: null },
    ]);
  });
});

describe("unreadable entries", () => {
  const manifest = named(["a"], []);
  const clean = card(
    times(60, (row) => ({ a: moving(row) })),
    manifest,
  );
  const against = (given: Partial<FeatureContext>) =>
    judge(clean, given)
      .checks.filter(({ status, waived }) => status === "unknown" && !waived)
      .map((check) => check.id);

  test.each([0, 1, 2])("%i of them could hide what a manifest forbids", (rejected) => {
    const open = [
      "missing_feature",
      "extra_feature",
      "feature_dimension",
      "feature_not_finite",
      "feature_not_a_number",
    ];
    expect(against({ manifest, rejected })).toEqual(rejected === 0 ? [] : open);
  });

  test("cannot hide what nothing forbids", () => {
    expect(against({ rejected: 1 })).toEqual(["missing_feature", "feature_not_finite", "feature_not_a_number"]);
  });
});

describe("drift", () => {
  const both = named(["a", "b"], ["a", "b"]);
  const one = named(["a", "b"], ["a"]);
  const spread = (row: number) => ((row * 37) % 60) / 30 - 1;
  const rows = times(60, (row) => ({ a: spread(row), b: spread(row) ** 3 }));
  const limited = (psi: number, extra: Partial<Policy> = {}): Policy => ({
    ...withLimits({ "feature_drift.psi": psi }),
    ...extra,
  });

  test("is a violation exactly at the limit, but not below it", () => {
    const made = card(rows, both);
    const [, b] = judge(made, { manifest: both }).features;
    const psi = Number(b?.psi);
    expect(psi).toBeGreaterThan(0.01);
    expect(judge(made, { manifest: both, policy: limited(psi) }).of("feature_drift")).toMatchObject({
      status: "violation",
      value: psi,
      n: 2,
    });
    expect(judge(made, { manifest: both, policy: limited(psi * 1.001) }).of("feature_drift")).toMatchObject({
      status: "pass",
      value: psi,
    });
  });

  test("the largest is reported, whatever feature it belongs to, and a single value is measured", () => {
    const other = named(["b", "a"], ["a", "b"]);
    const judged = judge(card(rows, other), { manifest: other });
    const [b, a] = judged.features.map(({ psi }) => Number(psi));
    expect(b).toBeGreaterThan(Number(a));
    expect(judged.of("feature_drift")?.value).toBe(b);
    expect(judge(card(rows.slice(0, 1), both), { manifest: both }).of("feature_drift")).toMatchObject({ n: 2 });
  });

  test("a feature that cannot be measured against its reference leaves it open", () => {
    const half = card(
      rows.map(({ a }) => ({ a, b: Number.NaN })),
      both,
    );
    expect(judge(half, { manifest: both }).of("feature_drift")).toMatchObject({
      status: "unknown",
      waived: false,
      n: 1,
    });
    const none = card(
      rows.map(({ b }) => ({ b })),
      one,
    );
    expect(judge(none, { manifest: one }).of("feature_drift")).toMatchObject({
      status: "unknown",
      waived: false,
      value: null,
      n: 0,
    });
    expect(judge(none, { manifest: one }).features[0]?.psi).toBeNull();
  });

  test("without a reference there is no drift, however strict the policy; a policy may require a reference", () => {
    const made = card(rows);
    expect(judge(made, { policy: limited(0) }).of("feature_drift")).toMatchObject({
      status: "unknown",
      waived: true,
      n: 0,
    });
    expect(judge(made, { policy: limited(0.25, { require: ["feature_drift"] }) }).of("feature_drift")).toMatchObject({
      status: "unknown",
      waived: false,
    });
    expect(judge(card(rows, one), { manifest: one, policy: limited(0.9) }).of("feature_drift")).toMatchObject({
      status: "pass",
      n: 1,
    });
  });

  test.each([
    [[0], [3, 4]],
    [
      [-0.5, 0],
      [1, 2, 4],
    ],
    [
      [-0.5, 0, 0.5],
      [1, 2, 2, 2],
    ],
    [
      [-0.5, -0.1, 0, 0.5, 1],
      [1, 1, 1, 2, 1, 1],
    ],
  ])("a bin begins with its lower edge: %j", (edges, counts) => {
    const values = [-1, -0.5, -0.1, 0, 0.2, 0.5, 1];
    const bins = { edges, counts: counts.map(() => 1) };
    const made = card(
      values.map((a) => ({ a })),
      { features: ["a"], reference: new Map([["a", bins]]) },
    );
    expect([...made.tallies.values()].map((tally) => tally.bins)).toEqual([counts]);
  });
});

describe("cards of several parts", () => {
  const manifest = named(["a"], ["a"]);
  const rows = times(60, (row) => ({ a: moving(row) / 3 }));

  test("merge to the vectors and the distribution of the whole", () => {
    const merged = card(rows.slice(0, 20), manifest);
    merged.merge(card(rows.slice(20), manifest));
    const whole = card(rows, manifest);
    expect([...merged.vectors]).toEqual([[null, 60]]);
    expect([...merged.tallies.values()].map(({ bins, present }) => [bins, present])).toEqual(
      [...whole.tallies.values()].map(({ bins, present }) => [bins, present]),
    );
  });

  test("an empty bin still counts as a bin", () => {
    const [tally] = card(rows, manifest).tallies.values();
    expect(tally?.bins).toHaveLength(4);
    expect([tally?.bins.at(0), tally?.bins.at(-1)]).toEqual([0, 0]);
  });
});

describe("names in another Unicode normal form", () => {
  test("an extra feature that looks like the manifest's is reported as a different name", () => {
    const [composed, apart] = ["caf\u00e9", "cafe\u0301"];
    const manifest = named([composed], []);
    const reason = judge(
      card(
        times(60, (row) => ({ [apart]: moving(row) })),
        manifest,
      ),
      { manifest },
    ).of("extra_feature")?.reason;
    expect(reason).toBe(
      `not in the manifest: ${apart}; ${apart} looks like the manifest's, which has it in another Unicode normal form: write both alike`,
    );
    const other = judge(
      card(
        times(60, (row) => ({ [composed]: moving(row), tea: moving(row) })),
        manifest,
      ),
      { manifest },
    );
    expect(other.of("extra_feature")?.reason).toBe("not in the manifest: tea");
  });
});

describe("separate vectors for each model", () => {
  const own = (vectorsAt: (row: number) => Readonly<Record<string, Values>>) => {
    const made = new FeatureCard();
    times(60, (row) => {
      made.add({
        id: id(row),
        features: Object.entries(vectorsAt(row)).map(([model, values]) => vector(values, model)),
        models: [],
      });
    });
    return made;
  };
  const live = (row: number): Values => ({ a: moving(row), b: moving(row + 1), c: moving(row + 2) });
  const dead: Values = { a: 1, b: 2, c: 3 };

  test("a model whose features do not move is not hidden by three others", () => {
    const judged = judge(own((row) => ({ w: live(row), x: live(row + 1), y: dead, z: live(row + 2) })));
    expect(judged.of("flat_features")).toMatchObject({ status: "violation", value: 1, n: 3 });
    expect(judged.of("flat_features")?.reason).toBe(
      "3 of 3 features of y do not move (y.a, y.b, y.c); at most 30 % may be flat",
    );
    expect(judged.warnings).toEqual([
      "100 % of the newest 50 vectors of y are the same to 4 decimals: the feed may be stuck",
    ]);
  });

  test("the model with the largest share of flat features counts, whatever its position", () => {
    const flat = { ...dead, d: 4 };
    for (const models of [
      ["x", "y"],
      ["y", "x"],
    ]) {
      const judged = judge(
        own((row) => Object.fromEntries(models.map((model) => [model, model === "x" ? flat : { ...live(row), d: 4 }]))),
      );
      expect(judged.of("flat_features")).toMatchObject({ status: "violation", value: 1, n: 4 });
    }
    expect(judge(own((row) => ({ x: { ...live(row), d: 4 }, y: live(row) }))).of("flat_features")).toMatchObject({
      status: "pass",
      value: 1 / 4,
      n: 4,
    });
  });

  test("if models are equally flat, the first is named", () => {
    const judged = judge(own(() => ({ x: dead, y: { ...dead, d: 4 } })));
    expect(judged.of("flat_features")?.reason).toBe(
      "3 of 3 features of x do not move (x.a, x.b, x.c); at most 30 % may be flat",
    );
  });
});

describe("stuck vectors", () => {
  /** The newest 50 vectors include `same` equal ones, after some others. */
  const stuck = (same: number, before = 10) =>
    card(times(before + 50, (row) => ({ a: row < before + 50 - same ? moving(row) : 7 })));

  test.each([
    [25, 0],
    [26, 1],
  ])("%i of the newest 50 alike are %i warnings", (same, warnings) => {
    expect(judge(stuck(same)).warnings).toHaveLength(warnings);
    expect(stuck(same).repeatedShare()).toBe(same / 50);
  });

  test("fewer than 50 prove nothing, but 50 do", () => {
    expect(card(times(49, () => ({ a: 1 }))).repeatedShare()).toBeNull();
    expect(card(times(50, () => ({ a: 1 }))).repeatedShare()).toBe(1);
  });

  test("the newest are determined by ID, in whatever order they come", () => {
    const inOrder = stuck(30);
    const events = times(60, (row) => ({ at: row, values: { a: row < 30 ? moving(row) : 7 } }));
    for (const order of [[...events].reverse(), [...events.slice(20), ...events.slice(0, 20)]]) {
      const made = new FeatureCard();
      for (const { at, values } of order) made.add({ id: id(at), features: [vector(values)], models: [] });
      expect(made.repeatedShare()).toBe(inOrder.repeatedShare());
    }
  });

  describe("that have not moved in the newest 200 events, after many that did", () => {
    const flat = (made: FeatureCard) => judge(made).of("flat_features");
    const lately = (still: number, at: (row: number) => Record<string, number> = () => ({ a: 7, b: 1e-5 })) =>
      card(times(500, (row) => (row < 500 - still ? { a: moving(row), b: moving(row + 1) } : at(row))));

    test("violate, although they deviate over the whole range", () => {
      expect(flat(lately(200))).toMatchObject({ status: "violation", value: 1, limit: 0.3, n: 2 });
      expect(flat(lately(200))?.reason).toBe("no feature has moved in the newest 200 events: the feed is stuck");
    });

    test("pass if one of the 200 is otherwise, or one feature moves by little", () => {
      expect(flat(lately(199))?.status).toBe("pass");
      expect(flat(lately(200, (row) => ({ a: 7, b: 1e-5 + row * 1e-9 })))?.status).toBe("pass");
    });

    test("are found model by model, in any order and in parts", () => {
      const events = times(500, (row) => ({
        id: id(row),
        features: [vector({ a: moving(row) }, "x"), vector({ a: row < 300 ? moving(row) : 7 }, "y")],
        models: [],
      }));
      const [first, second] = [new FeatureCard(), new FeatureCard()];
      events.forEach((event, row) => {
        (row % 2 === 0 ? first : second).add(event);
      });
      second.merge(first);
      expect(second.frozen()).toEqual({ model: "y" });
      expect(flat(second)).toMatchObject({ status: "violation", n: 1 });
      expect(flat(second)?.reason).toBe("no feature of y has moved in the newest 200 events: the feed is stuck");
    });
  });

  test("of two with the same ID the same one is kept, in whatever order they come", () => {
    const oldest = [{ a: 1 }, { a: 2 }];
    const rest = times(49, (row) => ({ a: row < 24 ? 2 : moving(row) + 10 }));
    for (const first of [oldest, [...oldest].reverse()]) {
      const made = new FeatureCard();
      for (const values of first) made.add({ id: id(0), features: [vector(values)], models: [] });
      rest.forEach((values, row) => {
        made.add({ id: id(row + 1), features: [vector(values)], models: [] });
      });
      expect(made.repeatedShare()).toBe(25 / 50);
    }
  });
});

describe("vectors without bounds", () => {
  const wide = (n: number) => Object.fromEntries(times(n, (column) => [`f${column}`, 1]));

  test("4096 features are counted separately; a further one is a fault, and the known ones continue", () => {
    const made = card([wide(4096), wide(4096)]);
    expect(made.otherDimension.total).toBe(0);
    made.add({ id: id(2), features: [vector(wide(4097))], models: [] });
    expect(made.otherDimension.list()).toMatchObject([{ what: "more than 4096 features", count: 1 }]);
    expect(made.tallies.size).toBe(4096);
    expect([...made.tallies.values()].every(({ present }) => present === 3)).toBe(true);
    expect(judge(made).of("feature_dimension")?.reason).toMatch(/^vectors are too long: more than 4096 features \(1 x/);
  });

  test("the greatest number that can be measured is finite, and the next is not", () => {
    const made = card([{ a: MAX_MAGNITUDE }, { a: -MAX_MAGNITUDE }, { a: MAX_MAGNITUDE * 1.001 }]);
    const [tally] = made.tallies.values();
    expect([tally?.moments.n, tally?.notFinite.total]).toEqual([2, 1]);
  });
});
