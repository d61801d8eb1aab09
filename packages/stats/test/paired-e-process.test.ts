import { describe, expect, test } from "vitest";
import { PairedEProcess, type ObservedPairs } from "../src/index.js";
import { expectRefusal, NOT_FINITE, seeded } from "./support.js";

const NONE = { n: 0, sum: 0 };

/** One pair, by what was the case before. */
function pair(before: readonly [boolean, boolean], difference: number): ObservedPairs {
  const one = { n: 1, sum: difference };
  if (before[0] === before[1]) return { alike: one, first: NONE, second: NONE };
  return before[0] ? { alike: NONE, first: one, second: NONE } : { alike: NONE, first: NONE, second: one };
}

const mean = ({ logValues: { more, less } }: PairedEProcess): number => (Math.exp(more) + Math.exp(less)) / 2;

interface Chance {
  /** Of a case at step t, apart from what persists. */
  readonly u: (t: number) => number;
  readonly c: number;
  /** The share of steps in which both draw alike. */
  readonly together: number;
}

/** The mean of the value after some steps, and of its value at the first time it reached a level, over all sequences. */
function expectations(steps: number, level: number, { u, c, together }: Chance): { last: number; stopped: number } {
  let [last, stopped] = [0, 0];
  for (let sequence = 0; sequence < 4 ** steps; sequence += 1) {
    const evidence = new PairedEProcess();
    let before: [boolean, boolean] = [true, false];
    let probability = 1;
    let atLevel: number | null = null;
    for (let t = 0; t < steps; t += 1) {
      const now: [boolean, boolean] = [((sequence >> (2 * t)) & 1) === 1, ((sequence >> (2 * t + 1)) & 1) === 1];
      const [p, q] = before.map((was) => u(t) + (was ? c : 0)) as [number, number];
      const apart = (now[0] ? p : 1 - p) * (now[1] ? q : 1 - q);
      const both = now[0] && now[1] ? Math.min(p, q) : now[0] ? Math.max(0, p - q) : now[1] ? Math.max(0, q - p) : 0;
      probability *= together * (now[0] || now[1] ? both : 1 - Math.max(p, q)) + (1 - together) * apart;
      evidence.add(pair(before, Number(now[0]) - Number(now[1])));
      if (mean(evidence) >= level) atLevel ??= mean(evidence);
      before = now;
    }
    last += probability * mean(evidence);
    stopped += probability * (atLevel ?? mean(evidence));
  }
  return { last, stopped };
}

describe("PairedEProcess", () => {
  test.each<[string, Chance]>([
    ["nothing persists", { u: () => 0.3, c: 0, together: 0 }],
    ["cases persist", { u: () => 0.2, c: 0.6, together: 0 }],
    ["cases almost always persist", { u: () => 0.05, c: 0.9, together: 0 }],
    ["cases do not come twice", { u: () => 0.7, c: -0.6, together: 0 }],
    ["the market changes at every step", { u: (t) => (t % 2 === 0 ? 0.1 : 0.5), c: 0.4, together: 0 }],
    ["both follow one market", { u: () => 0.3, c: 0.4, together: 0.8 }],
  ])("is no better than a fair game, whenever it is stopped, if %s: over all sequences", (_, chance) => {
    const { last, stopped } = expectations(7, 1.3, chance);
    expect(last).toBeLessThanOrEqual(1 + 1e-12);
    expect(stopped).toBeLessThanOrEqual(1 + 1e-12);
    expect(last).toBeGreaterThan(0.6);
  });

  test("is a fair game, to the last digit, where a step of each kind follows on the other", () => {
    const evidence = [-1, 0, 1].flatMap((first) =>
      [-1, 0, 1].map((second) => {
        const process = new PairedEProcess();
        process.add(pair([true, false], first));
        process.add(pair([false, true], second));
        const chance = (d: number): number => (d === 0 ? 0.5 : d === 1 ? 0.4 : 0.1);
        return chance(first) * chance(-second) * mean(process);
      }),
    );
    expect(evidence.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });

  test("finds the model that gives a label more often, and tells which one it is", () => {
    const random = seeded(3);
    const evidence = new PairedEProcess();
    for (let t = 0; t < 400; t += 1) evidence.add(pair([true, true], Number(random() < 0.5) - Number(random() < 0.3)));
    expect(evidence.logValues.more).toBeGreaterThan(Math.log(100));
    expect(evidence.logValues.less).toBeLessThan(0);
  });

  test("learns nothing from one kind of step alone: what persists may explain it", () => {
    const evidence = new PairedEProcess();
    for (let t = 0; t < 1000; t += 1) evidence.add(pair([true, false], 1));
    expect(evidence.logValues.more).toBeLessThan(1e-12);
  });

  test("pairs that come at once are one bet, however much they depend on each other", () => {
    const sums = [-19, 19].map((sum) => {
      const evidence = new PairedEProcess();
      evidence.add({ alike: { n: 19, sum }, first: NONE, second: NONE });
      return mean(evidence);
    });
    expect((sums[0]! + sums[1]!) / 2).toBeCloseTo(1, 12);
    expect(Math.max(...sums)).toBeLessThan(2);
  });

  test("swapping the two swaps the evidence", () => {
    const random = seeded(8);
    const [one, other] = [new PairedEProcess(), new PairedEProcess()];
    for (let t = 0; t < 200; t += 1) {
      const before: [boolean, boolean] = [random() < 0.5, random() < 0.5];
      const difference = Math.floor(random() * 3) - 1;
      one.add(pair(before, difference));
      other.add(pair([before[1], before[0]], -difference));
    }
    expect(one.logValues.more).toBeCloseTo(other.logValues.less, 9);
    expect(one.logValues.less).toBeCloseTo(other.logValues.more, 9);
  });

  test("refuses what cannot be", () => {
    const evidence = new PairedEProcess();
    const add = (n: number, sum: number) => () => {
      evidence.add({ alike: { n, sum }, first: NONE, second: NONE });
    };
    for (const value of NOT_FINITE) {
      expectRefusal(add(1, value), "not_finite");
      expectRefusal(add(value, 0), "not_finite");
    }
    for (const sum of [2, -2]) expectRefusal(add(1, sum), "out_of_range");
    expectRefusal(add(0.5, 0), "invalid_argument");
    expectRefusal(() => {
      evidence.add(null as unknown as ObservedPairs);
    }, "invalid_argument");
    expect(evidence.logValues).toEqual({
      more: expect.closeTo(0, 12) as number,
      less: expect.closeTo(0, 12) as number,
    });
  });
});
