import fc from "fast-check";
import { expect, test } from "vitest";
import { Sample } from "../src/cards/sample.js";

const value = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, -0, 0.5));
const values = fc.array(value, { maxLength: 30 });

/** What is done to a sample: values come one by one, or as another sample, or it is queried. */
const act = fc.oneof(
  values.map((given) => ({ kind: "add", given }) as const),
  fc.record({ kind: fc.constant("merge" as const), given: values, isAsked: fc.boolean() }),
  fc.constant({ kind: "ask", given: [] } as const),
);

function sampleOf(given: readonly number[]): Sample {
  const sample = new Sample();
  for (const each of given) sample.add(each);
  return sample;
}

function answers(sample: Sample) {
  const { mean, std, kurtosis, min, max } = sample.moments();
  return {
    n: sample.n,
    whole: Array.from(sample.whole() ?? []),
    moments: { mean, std, kurtosis, min, max },
    mode: sample.mode(),
    quantiles: [0, 0.1, 0.5, 0.9, 1].map((p) => sample.quantile(p)),
    intervals: [sample.quantileInterval(0.9, 0.95), sample.stdInterval(0.95)],
  };
}

test("a sample gives the same results to the last bit, however its values came and whenever it was queried", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 8 }), fc.nat(), (acts, turn) => {
      const sample = new Sample();
      for (const done of acts) {
        if (done.kind === "add") for (const each of done.given) sample.add(each);
        else if (done.kind === "ask") answers(sample);
        else {
          const other = sampleOf(done.given);
          if (done.isAsked) answers(other);
          sample.merge(other);
          expect(answers(other)).toEqual(answers(sampleOf(done.given)));
        }
      }
      const all = acts.flatMap(({ given }) => given);
      const from = all.length === 0 ? 0 : turn % all.length;
      expect(answers(sample)).toEqual(answers(sampleOf([...all.slice(from), ...all.slice(0, from)])));
    }),
    { numRuns: 300, seed: 12 },
  );
});
