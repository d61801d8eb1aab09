import { describe, expect, test } from "vitest";
import { candles } from "../src/market/candles.js";
import { Indicators } from "../src/market/features.js";
import { DEFAULT_SYMBOLS, MARKET_FEATURES, syntheticMarket, type MarketRow } from "../src/market/index.js";

function rowsOf(seed: number, count: number, symbols: readonly string[] = DEFAULT_SYMBOLS): MarketRow[] {
  return take(syntheticMarket({ seed, symbols }), count);
}

function take<Item>(source: Iterator<Item, never>, count: number): Item[] {
  return Array.from({ length: count }, () => source.next().value);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values: readonly number[]): number {
  return Math.sqrt(mean(values.map((value) => value * value)));
}

describe("a synthetic market", () => {
  test("is the same for the same seed", () => {
    expect(rowsOf(7, 600)).toEqual(rowsOf(7, 600));
  });

  test("differs in every row for a different seed", () => {
    const other = rowsOf(8, 600);
    for (const [index, { close }] of rowsOf(7, 600).entries()) expect(close).not.toBe(other[index]!.close);
  });

  test("has every symbol once per tick, in the order given", () => {
    for (const [index, { symbol, tick }] of rowsOf(1, 1200).entries()) {
      expect(symbol).toBe(DEFAULT_SYMBOLS[index % DEFAULT_SYMBOLS.length]);
      expect(tick).toBe(Math.floor(index / DEFAULT_SYMBOLS.length));
    }
  });

  test("moves a symbol the same way whatever other symbols there are", () => {
    const among = rowsOf(3, 600).filter(({ symbol }) => symbol === "SOLUSDT");
    expect(rowsOf(3, 100, ["SOLUSDT"])).toEqual(among);
  });

  test("moves each symbol independently", () => {
    const returns = (symbol: string) => rowsOf(5, 5000, [symbol]).map(({ features }) => features["return_1"]!);
    const [first, second] = [returns("BTCUSDT"), returns("ETHUSDT")];
    const together = mean(first.map((value, index) => value * second[index]!));
    expect(Math.abs(together)).toBeLessThan(0.06);
  });

  test("needs a symbol", () => {
    expect(() => rowsOf(1, 1, [])).toThrow(RangeError);
  });
});

describe("the features", () => {
  const rows = rowsOf(11, 20_000);

  test("have the listed names, and are finite and within bounds, over 20,000 rows", () => {
    for (const { features } of rows) {
      expect(Object.keys(features)).toEqual(MARKET_FEATURES);
      const farthest = Math.max(...Object.values(features).map(Math.abs));
      expect(farthest).toBeLessThanOrEqual(4);
    }
  });

  test("do not drift: each half of the rows has the same means and spreads", () => {
    const half = rows.length / 2;
    for (const name of MARKET_FEATURES) {
      const values = rows.map(({ features }) => features[name]!);
      const [early, late] = [values.slice(0, half), values.slice(half)];
      expect(spread(early)).toBeGreaterThan(0.1);
      expect(Math.abs(mean(early) - mean(late)) / spread(early)).toBeLessThan(0.1);
      expect(Math.abs(spread(late) / spread(early) - 1)).toBeLessThan(0.1);
    }
  });

  test("depend only on the past", () => {
    const past = take(candles(2, "BTCUSDT"), 200);
    const future = take(candles(99, "BTCUSDT"), 50);
    const last = (sequence: typeof past, at: number) => {
      const indicators = new Indicators();
      return sequence.map((candle) => indicators.add(candle))[at];
    };
    expect(last(past, 199)).not.toBeNull();
    expect(last([...past, ...future], 199)).toEqual(last(past, 199));
    expect(last([...past.slice(0, -1), future[0]!], 199)).not.toEqual(last(past, 199));
  });

  test("do not depend on the units of price and volume", () => {
    const scaled = new Indicators();
    const plain = new Indicators();
    for (const candle of take(candles(4, "XRPUSDT"), 150)) {
      const { open, high, low, close, volume, buyVolume } = candle;
      const dear = { open: open * 8, high: high * 8, low: low * 8, close: close * 8 };
      const other = scaled.add({ ...candle, ...dear, volume: volume * 16, buyVolume: buyVolume * 16 });
      for (const [name, value] of Object.entries(plain.add(candle) ?? {})) expect(other![name]).toBeCloseTo(value, 6);
    }
  });

  test("are kept back until their windows are full", () => {
    const indicators = new Indicators();
    const known = take(candles(1, "BTCUSDT"), 200).map((candle) => indicators.add(candle) !== null);
    expect(known.indexOf(true)).toBeGreaterThanOrEqual(33);
    expect(known.lastIndexOf(false)).toBe(known.indexOf(true) - 1);
  });
});

describe("the candles", () => {
  const some = take(candles(21, "BTCUSDT"), 20_000);

  test("contain their open and close, and sell no more than is traded", () => {
    const wrong = some.filter(({ open, high, low, close, volume, buyVolume }) => {
      const contained = 0 < low && low <= Math.min(open, close) && Math.max(open, close) <= high;
      return !(contained && 0 <= buyVolume && buyVolume <= volume);
    });
    expect(wrong).toEqual([]);
  });

  test("have returns with fat tails", () => {
    const returns = some.map(({ open, close }) => Math.log(close / open));
    const centre = mean(returns);
    const variance = mean(returns.map((value) => (value - centre) ** 2));
    const excess = mean(returns.map((value) => (value - centre) ** 4)) / variance ** 2 - 3;
    expect(excess).toBeGreaterThan(0.8);
  });

  test("go through all regimes, each for about 40 ticks", () => {
    const changes = some.filter(({ regime }, index) => index > 0 && regime !== some[index - 1]!.regime).length;
    expect(some.length / changes).toBeGreaterThan(35);
    expect(some.length / changes).toBeLessThan(46);
    for (const name of ["trend-up", "trend-down", "range", "turbulent"]) {
      const share = some.filter(({ regime }) => regime === name).length / some.length;
      expect(share).toBeGreaterThan(0.15);
    }
  });

  test("rise in an uptrend, fall in a downtrend, and swing the most in turbulence", () => {
    const returns = (name: string) =>
      some.filter(({ regime }) => regime === name).map(({ open, close }) => Math.log(close / open));
    expect(mean(returns("trend-up"))).toBeGreaterThan(0);
    expect(mean(returns("trend-down"))).toBeLessThan(0);
    expect(spread(returns("turbulent"))).toBeGreaterThan(1.2 * spread(returns("range")));
  });
});
