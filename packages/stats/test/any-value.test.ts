import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as stats from "../src/index.js";

const {
  BettingEProcess,
  CompactEProcess,
  binomialUpperBound,
  BoundedHistogram,
  fisherExactGreater,
  histogramCounts,
  LabelCounts,
  meanLogEValue,
  MeanSequence,
  Moments,
  normalizedEntropy,
  normalQuantile,
  psi,
  quantile,
  quantileAtRank,
  quantileInterval,
  quantileSequence,
  RangeEProcess,
  RollingLabels,
  RollingMoments,
  shareLogEValue,
  sortedCopy,
  StatsError,
  stdInterval,
  StdSequence,
  tailsLogEValue,
  twoSampleLogEValue,
  wilsonInterval,
} = stats;

type Call = (...given: never[]) => unknown;
const SHAPE = { low: 0, high: 1, width: 0.01 };

/** Every entry point of this package that takes a value. */
const CALLS: Readonly<Record<string, Call>> = {
  BettingEProcess: (...given) => new BettingEProcess(...(given as unknown as [number])),
  "BettingEProcess.from": BettingEProcess.from.bind(BettingEProcess),
  "BettingEProcess.add": (...given) => {
    new BettingEProcess(0.5).add(...(given as unknown as [number]));
  },
  "BettingEProcess.reaches": (...given) => new BettingEProcess(0.5).reaches(...(given as unknown as [number])),
  "CompactEProcess.from": CompactEProcess.from.bind(CompactEProcess),
  "CompactEProcess.add": (...given) => {
    new CompactEProcess().add(...(given as unknown as [boolean, number]));
  },
  binomialUpperBound,
  fisherExactGreater,
  histogramCounts,
  meanLogEValue,
  normalizedEntropy,
  normalQuantile,
  psi,
  quantile,
  quantileAtRank,
  quantileInterval,
  quantileSequence,
  shareLogEValue,
  sortedCopy,
  stdInterval,
  tailsLogEValue,
  twoSampleLogEValue,
  wilsonInterval,
  BoundedHistogram: (...given) => new BoundedHistogram(...(given as unknown as [typeof SHAPE])),
  "BoundedHistogram.from": BoundedHistogram.from.bind(BoundedHistogram),
  "BoundedHistogram.add": (...given) => {
    new BoundedHistogram(SHAPE).add(...(given as unknown as [number]));
  },
  "BoundedHistogram.merge": (...given) => new BoundedHistogram(SHAPE).merge(...(given as unknown as [never])),
  "BoundedHistogram.quantileBounds": (...given) =>
    new BoundedHistogram(SHAPE).quantileBounds(...(given as unknown as [number])),
  "BoundedHistogram.rankBounds": (...given) =>
    new BoundedHistogram(SHAPE).rankBounds(...(given as unknown as [number])),
  "BoundedHistogram.innerRange": (...given) =>
    new BoundedHistogram(SHAPE).innerRange(...(given as unknown as [number, number])),
  "LabelCounts.add": (...given) => {
    new LabelCounts().add(...(given as unknown as [string]));
  },
  "LabelCounts.merge": (...given) => new LabelCounts().merge(...(given as unknown as [never])),
  "LabelCounts.count": (...given) => new LabelCounts().count(...(given as unknown as [string])),
  "LabelCounts.share": (...given) => new LabelCounts().share(...(given as unknown as [string])),
  MeanSequence: (...given) => new MeanSequence(...(given as unknown as [number])),
  "MeanSequence.from": MeanSequence.from.bind(MeanSequence),
  "MeanSequence.add": (...given) => {
    new MeanSequence(0.5).add(...(given as unknown as [number]));
  },
  "Moments.of": Moments.of.bind(Moments),
  "Moments.from": Moments.from.bind(Moments),
  "Moments.add": (...given) => {
    new Moments().add(...(given as unknown as [number]));
  },
  "Moments.merge": (...given) => new Moments().merge(...(given as unknown as [never])),
  RangeEProcess: (...given) => new RangeEProcess(...(given as unknown as [number])),
  "RangeEProcess.from": RangeEProcess.from.bind(RangeEProcess),
  "RangeEProcess.add": (...given) => {
    new RangeEProcess(0.5).add(...(given as unknown as [number]));
  },
  RollingLabels: (...given) => new RollingLabels(...(given as unknown as [number])),
  "RollingLabels.add": (...given) => {
    new RollingLabels(3).add(...(given as unknown as [string]));
  },
  "RollingLabels.count": (...given) => new RollingLabels(3).count(...(given as unknown as [string])),
  "RollingLabels.share": (...given) => new RollingLabels(3).share(...(given as unknown as [string])),
  RollingMoments: (...given) => new RollingMoments(...(given as unknown as [number])),
  "RollingMoments.add": (...given) => {
    new RollingMoments(3).add(...(given as unknown as [number]));
  },
  StdSequence: (...given) => new StdSequence(...(given as unknown as [number])),
  "StdSequence.from": StdSequence.from.bind(StdSequence),
  "StdSequence.add": (...given) => {
    new StdSequence(0.5).add(...(given as unknown as [number]));
  },
};

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
// A window takes memory, so large ones are not tried.
const number = fc.oneof(
  fc.double({ min: -1e4, max: 1e4 }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.1, 0.5, 1, 2, 3, 2 ** 53),
);
const value = fc.oneof(
  anything,
  number,
  fc.array(number, { maxLength: 4 }),
  fc.constantFrom<unknown>("", "0.5", "usual", null, undefined, true, Symbol("s"), 5n),
);

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (thrown) {
    if (!(thrown instanceof StatsError)) throw thrown;
    return true;
  }
}

describe("any value of any type", () => {
  test.each(Object.entries(CALLS))("%s returns a result or refuses with a code", (_, call) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (given) => {
        isRefused(() => call(...(given as never[])));
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.entries(CALLS))(
    "%s refuses a text, flag, symbol or undefined in place of its argument",
    (name, call) => {
      const isLabel = /Labels|LabelCounts/.test(name) && name !== "RollingLabels" && !name.endsWith("merge");
      for (const wrong of [null, true, Symbol("s"), 5n, () => 1, ...(isLabel ? [5, Number.NaN, {}] : ["0.5", ""])]) {
        expect(
          isRefused(() => call(...([wrong, wrong, wrong, wrong] as never[]))),
          typeof wrong,
        ).toBe(true);
      }
    },
  );
});

describe("any part of a state", () => {
  const moments = Moments.of([0.1, 0.4, 0.3]);
  const histogram = new BoundedHistogram({ low: 0, high: 1, width: 0.25 });
  const betting = new BettingEProcess(0.5);
  const range = new RangeEProcess(0.5);
  const mean = new MeanSequence(0.1);
  const std = new StdSequence(0.1);
  for (const x of [0.1, 0.4, 0.3]) for (const each of [histogram, betting, range, mean, std]) each.add(x);
  const states: readonly (readonly [object, (state: never) => unknown])[] = [
    [moments.state(), Moments.from.bind(Moments)],
    [histogram.state(), BoundedHistogram.from.bind(BoundedHistogram)],
    [betting.state(), BettingEProcess.from.bind(BettingEProcess)],
    [range.state(), RangeEProcess.from.bind(RangeEProcess)],
    [mean.state(), MeanSequence.from.bind(MeanSequence)],
    [std.state(), StdSequence.from.bind(StdSequence)],
  ];

  test("is refused if invalid", () => {
    for (const [state, from] of states) {
      expect(isRefused(() => from(state as never))).toBe(false);
      for (const key of Object.keys(state)) {
        for (const wrong of [Number.NaN, "1", undefined, true, {}, [Number.NaN], Symbol("s"), 5n]) {
          expect(
            isRefused(() => from({ ...state, [key]: wrong } as never)),
            `${key}: ${typeof wrong}`,
          ).toBe(true);
        }
      }
    }
  });

  test("refuses counts that do not match n", () => {
    const state = histogram.state();
    for (const wrong of [
      { n: 2 },
      { n: 4 },
      { counts: state.counts.map(() => Number.NaN) },
      { counts: state.counts.map(() => 0.6) },
      { min: Infinity },
      { max: 2 },
    ]) {
      expect(
        isRefused(() => BoundedHistogram.from({ ...state, ...wrong })),
        JSON.stringify(wrong),
      ).toBe(true);
    }
    for (const wrong of [{ m2: -1 }, { mean: Infinity }, { min: 5 }])
      expect(
        isRefused(() => Moments.from({ ...moments.state(), ...wrong })),
        JSON.stringify(wrong),
      ).toBe(true);
  });
});

test("refuses an unknown kind of bets instead of taking it for cautious", () => {
  expect(
    isRefused(() => {
      new BettingEProcess(0.5).add(1, 0.5, "bold" as "usual");
    }),
  ).toBe(true);
});
