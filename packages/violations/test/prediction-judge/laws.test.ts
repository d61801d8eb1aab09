import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJudge, learnProfile, type Prediction, type PredictionJudge } from "../../src/index.js";
import { AT, fraud, judged } from "./support.js";

const profile = await learnProfile(fraud(1000, { seed: 1 }), { labels: ["approve", "deny", "review"] });

const score = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  fc.constantFrom(Number.NaN, null, 1.5, -0.1, Infinity),
);
const prediction: fc.Arbitrary<Prediction> = fc.record(
  {
    label: fc.constantFrom("approve", "approve", "deny", "review", "maybe", null),
    score,
    latencyMs: fc.constantFrom(1, 20, 3000, Number.NaN),
    segment: fc.constantFrom("DE", "FR"),
  },
  { requiredKeys: ["label", "score"] },
);
/** A row that is not a prediction. */
const row = fc.oneof({ weight: 9, arbitrary: prediction }, fc.constant("cut off"));
const rows = fc.array(row, { maxLength: 60 });

function given(all: readonly (Prediction | string)[]): PredictionJudge {
  const judge = createJudge({ profile });
  for (const each of all) {
    if (typeof each === "string") judge.reject(each);
    else judge.add(each);
  }
  return judge;
}

const said = (judge: PredictionJudge) => judge.verdict({ judgedAt: AT });

describe("a judge of predictions", () => {
  test("says of parts that were judged apart and merged what it says of all", () => {
    fc.assert(
      fc.property(rows, rows, (early, late) => {
        expect(said(given(early).merge(given(late)))).toEqual(said(given([...early, ...late])));
      }),
    );
  });

  test("says the same however parts are merged", () => {
    fc.assert(
      fc.property(rows, rows, rows, (one, two, three) => {
        const left = given(one).merge(given(two)).merge(given(three));
        expect(said(left)).toEqual(said(given(one).merge(given(two).merge(given(three)))));
        expect(said(given([]).merge(given(one)))).toEqual(said(given(one)));
        expect(said(given(one).merge(given([])))).toEqual(said(given(one)));
      }),
    );
  });

  test("says of predictions one by one what it says of them at once, also from an asynchronous source", async () => {
    const all = fraud(600, { seed: 3 });
    async function* source() {
      for (const each of all) {
        await Promise.resolve();
        yield each;
      }
    }
    const whole = said(judged(all, { profile }));
    expect(said(await createJudge({ profile }).addAll(source()))).toEqual(whole);
    const bit = createJudge({ profile });
    for (const each of all) {
      bit.add(each);
      if (bit.rows % 100 === 0) said(bit);
    }
    expect(said(bit)).toEqual(whole);
  });

  test("counts the same in any order: all but the newest and what stopped", () => {
    const shuffled = fc.shuffledSubarray(fraud(300, { seed: 4 }), { minLength: 300 });
    const ofOrder = new Set(["recent_collapse", "label_stopped"]);
    const counted = (all: readonly Prediction[]) =>
      said(given(all)).models.map(({ stats, checks }) => [stats, checks.filter(({ id }) => !ofOrder.has(id))]);
    const whole = counted(fraud(300, { seed: 4 }));
    fc.assert(
      fc.property(shuffled, (all) => {
        expect(counted(all)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test("merges large parts: beyond 20,000 scores and 4,096 kept rows", () => {
    const [early, late] = [fraud(21_000, { seed: 5 }), fraud(5000, { seed: 6 })];
    expect(said(given(early).merge(given(late)))).toEqual(said(given([...early, ...late])));
  });

  test("is no pass where it was none before, when a copy of everything is merged", () => {
    const bad = fraud(150, { seed: 7, denied: 0 });
    expect(said(given(bad).merge(given(bad))).verdict).toBe("fail");
  });

  test("refuses to merge with itself, with another profile or model, or with anything else", () => {
    const judge = given([]);
    for (const other of [judge, createJudge(), createJudge({ profile, model: "other" }), {} as never])
      expect(() => judge.merge(other)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});
