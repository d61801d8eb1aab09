import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binomialUpperBound,
  MeanSequence,
  quantileSequence,
  RangeEProcess,
  shareLogEValue,
  StdSequence,
  tailsLogEValue,
  type MeanSequenceState,
  type RangeState,
  type StdSequenceState,
} from "../src/index.js";
import { defined, expectRefusal, NOT_FINITE, seeded } from "./support.js";

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i += 1) product *= (n - k + i) / i;
  return product;
}

/** With an alarm rate of `alpha`, more alarms than this in `streams` streams are practically impossible. */
const tolerable = (streams: number, alpha: number): number => alpha * streams + 3 * Math.sqrt(alpha * streams);

describe("shareLogEValue", () => {
  test.each([0.05, 0.5, 0.9])("has mean exactly 1 at the allowed share (%s)", (allowed) => {
    for (const n of [1, 5, 40]) {
      let mean = 0;
      for (let k = 0; k <= n; k += 1)
        mean += choose(n, k) * allowed ** k * (1 - allowed) ** (n - k) * Math.exp(shareLogEValue(k, n, allowed));
      expect(mean).toBeCloseTo(1, 9);
    }
  });

  test("grows with the hits, and is 0 without observations", () => {
    expect(shareLogEValue(0, 0, 0.3)).toBeCloseTo(0, 12);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), fc.constantFrom(0.05, 0.5, 0.9), (n, k, allowed) => {
        const hits = k % n;
        expect(shareLogEValue(hits + 1, n, allowed)).toBeGreaterThan(shareLogEValue(hits, n, allowed));
      }),
    );
  });

  test("refuses invalid counts and shares", () => {
    expectRefusal(() => shareLogEValue(3, 2, 0.5), "out_of_range");
    expectRefusal(() => shareLogEValue(0.5, 2, 0.5), "invalid_argument");
    expectRefusal(() => shareLogEValue(1, 2, 0), "invalid_probability");
  });
});

describe("tailsLogEValue", () => {
  /** The mean over all possible n observations, with these three shares. */
  const meanAt = (n: number, tail: number, [below, between, above]: readonly [number, number, number]): number => {
    let mean = 0;
    for (let low = 0; low <= n; low += 1) {
      for (let high = 0; low + high <= n; high += 1) {
        const middle = n - low - high;
        const ways = choose(n, low) * choose(n - low, high);
        mean += ways * below ** low * between ** middle * above ** high * Math.exp(tailsLogEValue(low, high, n, tail));
      }
    }
    return mean;
  };

  test.each([0.02, 0.1, 0.25, 0.4])(
    "has mean exactly 1 if each end has just its tail (%s), and at most 1 if one has more",
    (tail) => {
      for (const n of [1, 4, 15]) {
        expect(meanAt(n, tail, [tail, 1 - 2 * tail, tail])).toBeCloseTo(1, 9);
        for (const more of [0.3, 0.7, 1]) {
          const moved = more * (1 - 2 * tail);
          expect(meanAt(n, tail, [tail + moved, 1 - 2 * tail - moved, tail])).toBeLessThanOrEqual(1 + 1e-9);
          expect(meanAt(n, tail, [tail, 1 - 2 * tail - moved, tail + moved])).toBeLessThanOrEqual(1 + 1e-9);
          expect(meanAt(n, tail, [tail + moved / 2, 1 - 2 * tail - moved, tail + moved / 2])).toBeLessThanOrEqual(
            1 + 1e-9,
          );
        }
      }
    },
  );

  test("never grows with values below or above; treats both ends alike; is 0 without observations", () => {
    expect(tailsLogEValue(0, 0, 0, 0.1)).toBeCloseTo(0, 12);
    expect(tailsLogEValue(1, 0, 20, 0.1)).toBeLessThan(tailsLogEValue(0, 0, 20, 0.1));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(0.02, 0.1, 0.3),
        (n, a, b, tail) => {
          const below = a % n;
          const above = b % (n - below);
          const value = tailsLogEValue(below, above, n, tail);
          expect(tailsLogEValue(below + 1, above, n, tail)).toBeLessThanOrEqual(value + 1e-9);
          expect(tailsLogEValue(below, above + 1, n, tail)).toBeLessThanOrEqual(value + 1e-9);
          expect(tailsLogEValue(above, below, n, tail)).toBeCloseTo(value, 9);
        },
      ),
    );
  });

  test("gains about twice as much from two light ends as from one", () => {
    const n = 4000;
    const light = 0.0275 * n;
    expect(tailsLogEValue(light, light, n, 0.1) / tailsLogEValue(light, n / 10, n, 0.1)).toBeGreaterThan(1.8);
  });

  test("refuses invalid counts and tails", () => {
    expectRefusal(() => tailsLogEValue(2, 2, 3, 0.1), "out_of_range");
    expectRefusal(() => tailsLogEValue(-1, 0, 3, 0.1), "out_of_range");
    expectRefusal(() => tailsLogEValue(0.5, 0, 3, 0.1), "invalid_argument");
    for (const bad of [0, 0.5, NaN]) expectRefusal(() => tailsLogEValue(0, 0, 1, bad), "invalid_probability");
  });
});

describe("binomialUpperBound", () => {
  test("is 1 - risk^(1/n) without successes, and 1 for all successes or no trials", () => {
    for (const n of [1, 20, 200, 5000]) expect(binomialUpperBound(0, n, 1e-5)).toBeCloseTo(1 - 1e-5 ** (1 / n), 12);
    expect([binomialUpperBound(7, 7, 0.05), binomialUpperBound(0, 0, 0.05)]).toEqual([1, 1]);
  });

  test.each([0.001, 0.05, 0.3, 0.9])(
    "is below a rate of %s with probability at most the risk, by exact summation",
    (rate) => {
      for (const risk of [0.2, 1e-3]) {
        let missed = 0;
        for (let k = 0; k <= 30; k += 1)
          if (binomialUpperBound(k, 30, risk) < rate) missed += choose(30, k) * rate ** k * (1 - rate) ** (30 - k);
        expect(missed).toBeLessThanOrEqual(risk);
      }
    },
  );

  test("grows with the successes, and falls with the risk", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (n, k) => {
        const successes = k % n;
        const bound = binomialUpperBound(successes, n, 1e-4);
        expect(bound).toBeGreaterThan(successes / n);
        expect(binomialUpperBound(successes + 1, n, 1e-4)).toBeGreaterThan(bound);
        expect(binomialUpperBound(successes, n, 1e-2)).toBeLessThan(bound);
      }),
    );
  });

  test("refuses an invalid count or risk", () => {
    expectRefusal(() => binomialUpperBound(2, 1, 0.1), "out_of_range");
    expectRefusal(() => binomialUpperBound(NaN, 1, 0.1), "not_finite");
    expectRefusal(() => binomialUpperBound(0, 1, 0), "invalid_probability");
  });
});

describe("quantileSequence", () => {
  test("contains the quantile at every look in all but alpha of the streams, with and without ties (seed 21)", () => {
    const random = seeded(21);
    const STREAMS = 120;
    for (const [p, quantile, draw] of [
      [0.1, 0.1, random],
      [0.9, 0.9, random],
      [0.5, 0.5, () => Math.ceil(random() * 4) / 4],
    ] as const) {
      let missed = 0;
      for (let stream = 0; stream < STREAMS; stream += 1) {
        const values: number[] = [];
        let isMissed = false;
        while (values.length < 240 && !isMissed) {
          for (let more = 0; more < 6; more += 1) values.push(draw());
          const { low, high } = defined(quantileSequence(Float64Array.from(values).sort(), p, 0.1));
          isMissed = (low !== null && low > quantile) || (high !== null && high < quantile);
        }
        if (isMissed) missed += 1;
      }
      expect(missed).toBeLessThanOrEqual(tolerable(STREAMS, 0.1));
    }
  });

  test("narrows down on the quantile", () => {
    const values = Float64Array.from({ length: 20_000 }, (_, index) => index / 20_000);
    const { low, high } = defined(quantileSequence(values, 0.1, 0.01));
    expect(low).toBeGreaterThan(0.08);
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.1);
    expect(high).toBeLessThan(0.12);
  });

  test("has a null end if nothing bounds it, and is null without values", () => {
    expect(quantileSequence([], 0.5, 0.1)).toBeNull();
    expect(quantileSequence([0.3, 0.4], 0.5, 0.01)).toEqual({ low: null, high: null });
    expectRefusal(() => quantileSequence([1], 0, 0.1), "invalid_probability");
    expectRefusal(() => quantileSequence([1], 0.5, NaN), "invalid_probability");
  });
});

describe.each([
  { name: "a rare event", mean: 0.05, draw: (random: () => number) => (random() < 0.05 ? 1 : 0) },
  { name: "a uniform value", mean: 0.5, draw: (random: () => number) => random() },
])("MeanSequence of $name", ({ mean, draw }) => {
  test("contains the mean at every look in all but alpha of the streams (seed 22)", () => {
    const random = seeded(22);
    let missed = 0;
    for (let stream = 0; stream < 300; stream += 1) {
      const sequence = new MeanSequence(0.1);
      let isMissed = false;
      for (let n = 0; n < 1000 && !isMissed; n += 1) {
        sequence.add(draw(random));
        const { low, high } = defined(sequence.interval());
        isMissed = mean < low || mean > high;
      }
      if (isMissed) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(tolerable(300, 0.1));
  });

  test("narrows down on the mean (seed 23)", () => {
    const random = seeded(23);
    const sequence = new MeanSequence(0.01);
    for (let n = 0; n < 50_000; n += 1) sequence.add(draw(random));
    const { low, high } = defined(sequence.interval());
    expect(high - low).toBeLessThan(0.02);
    expect([low < mean, high > mean]).toEqual([true, true]);
  });
});

describe("MeanSequence and StdSequence", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

  test("continue from a state, at any point, as if they had never stopped", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const mean = { whole: new MeanSequence(0.05), first: new MeanSequence(0.05) };
        const std = { whole: new StdSequence(0.05), first: new StdSequence(0.05) };
        for (const x of before) for (const each of [mean.whole, mean.first, std.whole, std.first]) each.add(x);
        const resumedMean = MeanSequence.from(JSON.parse(JSON.stringify(mean.first.state())) as MeanSequenceState);
        const resumedStd = StdSequence.from(JSON.parse(JSON.stringify(std.first.state())) as StdSequenceState);
        for (const x of after) for (const each of [mean.whole, resumedMean, std.whole, resumedStd]) each.add(x);
        expect(resumedMean.state()).toEqual(mean.whole.state());
        expect(resumedStd.state()).toEqual(std.whole.state());
      }),
    );
  });

  test("contain the deviation at every look in all but alpha of the streams (seed 24)", () => {
    const random = seeded(24);
    let missed = 0;
    for (let stream = 0; stream < 200; stream += 1) {
      const sequence = new StdSequence(0.1);
      let isMissed = false;
      for (let n = 0; n < 1000; n += 1) {
        sequence.add(random());
        const interval = sequence.interval();
        isMissed ||= interval !== null && (interval.low > Math.sqrt(1 / 12) || interval.high < Math.sqrt(1 / 12));
      }
      if (isMissed) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(tolerable(200, 0.1));
  });

  test("for a constant, the upper end of the deviation falls towards 0", () => {
    const sequence = new StdSequence(0.01);
    sequence.add(0.6);
    expect(sequence.interval()).toBeNull();
    for (let n = 0; n < 20_000; n += 1) sequence.add(0.6);
    expect(sequence.interval()?.low).toBe(0);
    expect(sequence.interval()?.high).toBeLessThan(0.05);
  });

  test("refuse an invalid observation or state and change nothing", () => {
    for (const sequence of [new MeanSequence(0.05), new StdSequence(0.05)]) {
      sequence.add(0.5);
      const before = sequence.state();
      for (const bad of NOT_FINITE) expectRefusal(() => sequence.add(bad), "not_finite");
      for (const bad of [-0.1, 1.1]) expectRefusal(() => sequence.add(bad), "out_of_range");
      expect(sequence.state()).toEqual(before);
    }
    expect(new MeanSequence(0.05).interval()).toBeNull();
    expectRefusal(() => new MeanSequence(0), "invalid_probability");
    expectRefusal(() => new StdSequence(1), "invalid_probability");
    expectRefusal(() => MeanSequence.from({ ...new MeanSequence(0.05).state(), n: -1 }), "out_of_range");
    expectRefusal(() => MeanSequence.from({ ...new MeanSequence(0.05).state(), sum: NaN }), "not_finite");
    expectRefusal(() => StdSequence.from({ ...new StdSequence(0.05).state(), first: 2 }), "out_of_range");
  });
});

describe("RangeEProcess", () => {
  const LIMIT = 0.12;

  /** Just legal: P90 - P10 is the limit or more. */
  const LEGAL: readonly (readonly [string, (random: () => number) => number])[] = [
    ["uniform, with a range of exactly the limit", (random) => 0.5 + (random() - 0.5) * (LIMIT / 0.8)],
    ["89 % at one point, and 11 % far above", (random) => (random() < 0.89 ? 0.5 : 0.9)],
    [
      "a tenth at each of two points exactly the limit apart, and the rest between",
      (random) => {
        const place = random();
        return place < 0.1 ? 0.44 : place < 0.2 ? 0.44 + LIMIT : 0.5;
      },
    ],
  ];

  test.each(LEGAL)("reaches 1 / alpha in at most alpha of the streams: %s (seed 31)", (_, draw) => {
    const random = seeded(31);
    let alarms = 0;
    for (let stream = 0; stream < 120; stream += 1) {
      const evidence = new RangeEProcess(LIMIT);
      let highest = 0;
      for (let n = 0; n < 1000; n += 1) {
        evidence.add(draw(random));
        highest = Math.max(highest, evidence.logValue);
      }
      if (highest >= Math.log(20)) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(tolerable(120, 0.05));
  });

  test("a narrow centre does not mean a narrow range: 89 % at one point refute a wide P80 - P20, but not a wide P90 - P10 (seed 34)", () => {
    const random = seeded(34);
    const [fifths, tenths] = [new RangeEProcess(LIMIT, 0.2), new RangeEProcess(LIMIT)];
    const highest = { fifths: 0, tenths: 0 };
    for (let n = 0; n < 1000; n += 1) {
      const x = random() < 0.89 ? 0.5 : 0.9;
      fifths.add(x);
      tenths.add(x);
      highest.fifths = Math.max(highest.fifths, fifths.logValue);
      highest.tenths = Math.max(highest.tenths, tenths.logValue);
    }
    expect(highest.fifths).toBeGreaterThan(Math.log(1000));
    expect(highest.tenths).toBeLessThan(Math.log(20));
  });

  test.each([0, 7200])(
    "finds a narrow range that begins after %i wide values, but not before that can be known (seed 32)",
    (wide) => {
      const random = seeded(32);
      const evidence = new RangeEProcess(LIMIT);
      for (let n = 0; n < wide; n += 1) evidence.add(random());
      let needed = 0;
      for (; evidence.logValue < Math.log(1000) && needed < 1000; needed += 1)
        evidence.add(0.5 + (random() - 0.5) * 0.04);
      // Nine tenths of legal values may be alike, so fewer of them prove nothing.
      expect(needed).toBeGreaterThan(Math.log(1000) / Math.log(1 / 0.9));
      expect(needed).toBeLessThan(wide === 0 ? 110 : 200);
    },
  );

  test("finds a range of two thirds of the limit within 200 values in most streams (seed 35)", () => {
    const random = seeded(35);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const needed = Array.from({ length: 61 }, () => {
      const evidence = new RangeEProcess(LIMIT);
      let n = 0;
      for (; evidence.logValue < Math.log(1000) && n < 1000; n += 1) evidence.add(0.5 + (0.08 / 2 / 1.2816) * normal());
      return n;
    }).sort((a, b) => a - b);
    expect(needed[30]).toBeLessThan(200);
  });

  test("is the least over all positions of the lower quantile: never more than for exact values, never less than for a limit one bin shorter (seed 36)", () => {
    const random = seeded(36);
    const N = 64;
    /** With the stretch from the first value, which has half of the prior, and the one from the 32nd. */
    const exact = (xs: readonly number[], limit: number): number => {
      const least = (part: readonly number[], weight: number): number => {
        const places = [-1, ...part, ...part.map((x) => x - limit - 1e-12)];
        const values = places.map((a) =>
          tailsLogEValue(
            part.filter((x) => x <= a).length,
            part.filter((x) => x >= a + limit).length,
            part.length,
            0.1,
          ),
        );
        return Math.log(weight) + Math.min(...values);
      };
      return Math.max(0, least(xs, 0.5), least(xs.slice(32), 0.25 / 512));
    };
    for (let stream = 0; stream < 40; stream += 1) {
      const spread = 0.02 + 0.1 * random();
      const xs = Array.from({ length: N }, () => 0.5 + (random() - 0.5) * spread * (random() < 0.05 ? 4 : 1));
      const evidence = new RangeEProcess(LIMIT);
      for (const x of xs) evidence.add(x);
      expect(evidence.logValue).toBeLessThanOrEqual(exact(xs, LIMIT) + 1e-9);
      expect(evidence.logValue).toBeGreaterThanOrEqual(exact(xs, LIMIT - 2 / 2000) - 1e-9);
    }
  });

  test("continues from a state, at any point, as if it had never stopped, and the state does not grow (seed 33)", () => {
    const random = seeded(33);
    const xs = Array.from({ length: 2600 }, () => 0.5 + (random() - 0.5) * 0.1);
    const whole = new RangeEProcess(LIMIT);
    for (const x of xs) whole.add(x);
    for (const at of [0, 1, 31, 1000, 1024, 1025, 2599]) {
      const first = new RangeEProcess(LIMIT);
      for (const x of xs.slice(0, at)) first.add(x);
      const resumed = RangeEProcess.from(JSON.parse(JSON.stringify(first.state())) as RangeState);
      for (const x of xs.slice(at)) resumed.add(x);
      expect(resumed.state()).toEqual(whole.state());
    }
    expect(whole.state().recent).toHaveLength(1024);
    expect(whole.logValue).toBeGreaterThan(0);
  });

  test("refuses an invalid observation, limit or state and changes nothing", () => {
    const evidence = new RangeEProcess(LIMIT);
    evidence.add(0.5);
    const before = evidence.state();
    for (const bad of NOT_FINITE) expectRefusal(() => evidence.add(bad), "not_finite");
    for (const bad of [-0.1, 1.1]) expectRefusal(() => evidence.add(bad), "out_of_range");
    expect(evidence.state()).toEqual(before);
    for (const bad of [0, 1, NaN]) expectRefusal(() => new RangeEProcess(bad), "invalid_probability");
    expectRefusal(() => new RangeEProcess(LIMIT, 0.5), "invalid_probability");
    expectRefusal(() => RangeEProcess.from({ ...before, n: 2 }), "shape_mismatch");
    expectRefusal(() => RangeEProcess.from({ ...before, recent: [NaN] }), "not_finite");
    expectRefusal(() => RangeEProcess.from({ ...before, logValue: NaN }), "not_finite");
  });
});
