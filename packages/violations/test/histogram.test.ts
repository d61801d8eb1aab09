import { expect, test } from "vitest";
import { DEFAULT_LABELS, modelStats } from "../src/index.js";
import { scorecard } from "./support.js";

/** The bins that are not empty. */
const histogramOf = (confidences: readonly number[]) => {
  const { histogram = [] } = modelStats(
    scorecard(confidences.map((confidence) => ({ confidence }))),
    DEFAULT_LABELS,
    0,
  );
  expect(histogram).toHaveLength(20);
  return Object.fromEntries(histogram.flatMap((count, bin) => (count === 0 ? [] : [[bin, count]])));
};

test("the histogram has 20 bins of equal width; each begins with its lower end, and 1 is in the last one", () => {
  expect(histogramOf([])).toEqual({});
  expect(histogramOf([0, 0.0499, 0.05, 0.5, 0.5, 0.9499, 0.95, 1])).toEqual({ 0: 2, 1: 1, 10: 2, 18: 1, 19: 2 });
});

test("the histogram of many confidences, which are summarised, is the same", () => {
  const many = Array.from({ length: 24_000 }, (_, index) => (index % 24) / 24);
  const few = Array.from({ length: 24 }, (_, index) => index / 24);
  expect(histogramOf(many)).toEqual(
    Object.fromEntries(Object.entries(histogramOf(few)).map(([bin, count]) => [bin, count * 1000])),
  );
});
