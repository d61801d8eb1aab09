import type { Candle } from "./candles.js";

/** Names of the features, in the order of the models' input vector. */
export const MARKET_FEATURES: readonly string[] = [
  "return_1",
  "return_3",
  "return_6",
  "rsi_6",
  "ema_gap_3",
  "ema_gap_7",
  "wick_balance",
  "range_position_8",
  "volume_z",
  "order_imbalance",
  "order_imbalance_3",
  "volatility_ratio",
];

/** After this many candles every window is full, and the averages no longer depend on where they began. */
const WARM_UP = 96;
const LONG_WINDOW = 32;
const SHORT_WINDOW = 6;
/** Beyond this many standard deviations only the sign counts. */
const FARTHEST = 4;
/** Keeps a quotient finite if nothing moved. */
const TINY = 1e-12;

/**
 * The features of one symbol, candle by candle. Causal: a vector depends only on candles up to its own. Stationary:
 * prices enter as returns over recent volatility, and volumes relative to their own recent spread. Every value is
 * finite and within [-4, 4].
 */
export class Indicators {
  #seen = 0;
  #newest: readonly Candle[] = [];
  #fastMean = 0;
  #slowMean = 0;

  /** The features as of this candle; null until the windows are full. */
  add(candle: Candle): Readonly<Record<string, number>> | null {
    this.#newest = [...this.#newest, candle].slice(-LONG_WINDOW - 1);
    const price = Math.log(candle.close);
    this.#fastMean = this.#seen === 0 ? price : average(this.#fastMean, price, 3);
    this.#slowMean = this.#seen === 0 ? price : average(this.#slowMean, price, 7);
    this.#seen += 1;
    return this.#seen < WARM_UP ? null : this.#features(candle, price);
  }

  #features(candle: Candle, price: number): Readonly<Record<string, number>> {
    const returns = logReturns(this.#newest);
    const volatility = rootMeanSquare(returns) + TINY;
    const over = (ticks: number): number => clip(sum(returns.slice(-ticks)) / (volatility * Math.sqrt(ticks)));
    const imbalances = this.#newest.slice(-3).map(imbalance);
    return {
      return_1: over(1),
      return_3: over(3),
      return_6: over(6),
      rsi_6: relativeStrength(returns.slice(-6)),
      ema_gap_3: clip((price - this.#fastMean) / volatility),
      ema_gap_7: clip((this.#fastMean - this.#slowMean) / volatility),
      wick_balance: wickBalance(candle),
      range_position_8: rangePosition(this.#newest.slice(-8)),
      volume_z: volumeScore(this.#newest.slice(1)),
      order_imbalance: imbalance(candle),
      order_imbalance_3: sum(imbalances) / imbalances.length,
      volatility_ratio: clip(Math.log((rootMeanSquare(returns.slice(-SHORT_WINDOW)) + TINY) / volatility)),
    };
  }
}

/** The next value of an exponential moving average over approximately this many ticks. */
function average(mean: number, value: number, ticks: number): number {
  return mean + (2 / (ticks + 1)) * (value - mean);
}

function logReturns(candles: readonly Candle[]): number[] {
  return candles.slice(1).map(({ close }, index) => Math.log(close / (candles[index]?.close ?? close)));
}

/** The relative strength index, mapped from 0..100 to [-1, 1]. */
function relativeStrength(returns: readonly number[]): number {
  return sum(returns) / (sum(returns.map(Math.abs)) + TINY);
}

/** The last close between the lowest low (-1) and the highest high (1). */
function rangePosition(candles: readonly Candle[]): number {
  const low = Math.min(...candles.map((candle) => candle.low));
  const high = Math.max(...candles.map((candle) => candle.high));
  const close = candles.at(-1)?.close ?? low;
  return (2 * (close - low)) / (high - low + TINY) - 1;
}

/** From -1 (all upper wick) to 1 (all lower wick): from which end of its range the price was pushed away. */
function wickBalance({ open, high, low, close }: Candle): number {
  return (Math.min(open, close) - low - (high - Math.max(open, close))) / (high - low + TINY);
}

/** How many standard deviations the last logarithm of the volume is from the mean. */
function volumeScore(candles: readonly Candle[]): number {
  const logs = candles.map(({ volume }) => Math.log(volume));
  const mean = sum(logs) / logs.length;
  const spread = rootMeanSquare(logs.map((log) => log - mean));
  return clip(((logs.at(-1) ?? mean) - mean) / (spread + TINY));
}

/** From -1 (all sold) to 1 (all bought). */
function imbalance({ volume, buyVolume }: Candle): number {
  return (2 * buyVolume) / volume - 1;
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(sum(values.map((value) => value * value)) / values.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function clip(value: number): number {
  return Math.max(-FARTHEST, Math.min(FARTHEST, value));
}
