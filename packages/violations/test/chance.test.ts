import { expect, test } from "vitest";
import { DEFAULT_POLICY, FeatureCard, judgeFeatures } from "../src/index.js";
import { even, id, seeded, uniform, window } from "./support.js";

test("without a shift, at most 1 % of judgements find drift, for any number of vectors, features and bins", () => {
  const random = seeded(20);
  const found: Record<string, number> = {};
  const windows = 100;
  let all = 0;
  let byLimitAlone = 0;
  for (const edges of [even(2), even(10), even(20), [0.5, 0.75, 0.875, 0.9375], [0.85, 0.9, 0.95]]) {
    for (const features of [1, 12]) {
      for (const n of [50, 75, 150]) {
        const manifest = uniform(features, edges);
        for (let round = 0; round < windows; round += 1) {
          const card = new FeatureCard(manifest);
          for (const [index, vectors] of window(n, manifest, random).entries())
            card.add({ id: id(index), features: vectors, models: [] });
          const { checks } = judgeFeatures(card, { policy: DEFAULT_POLICY, manifest, version1: false, rejected: 0 });
          const drift = checks.find((check) => check.id === "feature_drift");
          all += 1;
          if (Number(drift?.value) >= 0.25) byLimitAlone += 1;
          if (drift?.status !== "violation") continue;
          const key = `${edges.length + 1} bins, ${features} features, ${n} vectors`;
          found[key] = (found[key] ?? 0) + 1;
        }
      }
    }
  }
  const times = Object.values(found).reduce((sum, count) => sum + count, 0);
  expect({ found, share: times / all <= 0.01, most: Math.max(0, ...Object.values(found)) <= 3 }).toEqual({
    found,
    share: true,
    most: true,
  });
  // The limit alone would have found drift in one of six judgements.
  expect(byLimitAlone / all).toBeGreaterThan(1 / 6);
});
