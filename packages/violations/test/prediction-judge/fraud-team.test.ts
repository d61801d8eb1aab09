import { describe, expect, test } from "vitest";
import { learnProfile, type JudgeOptions, type Prediction } from "../../src/index.js";
import { fraud, LABELS, verdictOf } from "./support.js";

/** Runs of 1,000 predictions each. */
const RUNS = 200;
const DENIED = [0.015, 0.03, 0.06] as const;

type Fault = readonly [name: string, plant: (healthy: Prediction[], random: number) => Prediction[]];

const approve = (n: number, seed: number) => fraud(n, { seed, denied: 0 });
const FAULTS: readonly Fault[] = [
  ["100 % approvals from the start", (healthy, seed) => approve(healthy.length, seed)],
  [
    "100 % approvals in the last 1,000 of 3,000",
    (_healthy, seed) => [...fraud(2000, { seed }), ...approve(1000, seed)],
  ],
  ["100 % denials", (healthy) => healthy.map(({ score = 0 }) => ({ label: "deny", score }))],
  ["a constant score", (healthy) => healthy.map(({ label = null }) => ({ label, score: 0.02 }))],
  [
    "a constant score in the last 200",
    (healthy) => healthy.map((each, index) => (index < 800 ? each : { ...each, score: 0.02 })),
  ],
  ["one score that is NaN", (healthy) => [...healthy, { label: "approve", score: Number.NaN }]],
];
const DRIFTS: readonly Fault[] = [
  [
    "scores that moved up",
    (healthy) => healthy.map(({ label = null, score }) => ({ label, score: 0.1 + 0.9 * (score ?? 0) })),
  ],
  ["three in ten denied", (healthy, seed) => fraud(healthy.length, { seed, denied: 0.3 })],
];

function verdicts(options: JudgeOptions, [, plant]: Fault, denied: number, runs: number): readonly string[] {
  return Array.from({ length: runs }, (_, run) => {
    const seed = 1000 + run;
    return verdictOf(plant(fraud(1000, { seed, denied }), seed + 5000), options).verdict;
  });
}
const HEALTHY: Fault = ["healthy", (predictions) => predictions];
const part = (all: readonly string[], verdict: string) => all.filter((each) => each === verdict).length / all.length;

describe("a fraud team with 97 % approvals", () => {
  test("cannot pass under the built-in limits", () => {
    expect(part(verdicts({ labels: LABELS }, HEALTHY, 0.03, 20), "fail")).toBe(1);
  });

  test.each(DENIED)("passes with the profile imbalanced in all but 1 % of the runs, %d denied", (denied) => {
    const found = verdicts({ profile: "imbalanced", labels: LABELS }, HEALTHY, denied, RUNS);
    expect(part(found, "pass")).toBeGreaterThanOrEqual(0.99);
  });

  test.each(DENIED)("passes with a profile learnt from its own run in all but 1 %, %d denied", async (denied) => {
    const profile = await learnProfile(fraud(3000, { seed: 1, denied }));
    expect(part(verdicts({ profile }, HEALTHY, denied, RUNS), "pass")).toBeGreaterThanOrEqual(0.99);
  });

  test.each(FAULTS)("never passes with %s, under imbalanced or a learnt profile", async (...fault) => {
    const profile = await learnProfile(fraud(3000, { seed: 1 }));
    for (const options of [{ profile: "imbalanced", labels: LABELS } as const, { profile }])
      expect(part(verdicts(options, fault, 0.03, 30), "fail")).toBe(1);
  });

  test.each(DRIFTS)("never passes with %s, against the reference", async (...fault) => {
    const profile = await learnProfile(fraud(3000, { seed: 1 }));
    expect(part(verdicts({ profile }, fault, 0.03, 30), "fail")).toBe(1);
  });

  test("is hardly ever called drifted, at however many looks at a stream of 20,000", async () => {
    let alarms = 0;
    for (let run = 0; run < 20; run += 1) {
      const profile = await learnProfile(fraud(2000, { seed: 100 + run }));
      const stream = fraud(20_000, { seed: 300 + run });
      const ids = [500, 1000, 2000, 5000, 10_000, 20_000].flatMap(
        (n) => verdictOf(stream.slice(0, n), { profile }).codes,
      );
      if (ids.some((id) => id === "score_drift" || id === "label_drift" || id === "label_stopped")) alarms += 1;
    }
    expect(alarms).toBe(0);
  });
});
