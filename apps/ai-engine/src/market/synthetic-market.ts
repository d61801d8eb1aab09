import { candles } from "./candles.js";
import { Indicators } from "./features.js";

export const DEFAULT_SYMBOLS: readonly string[] = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "ADAUSDT"];

export interface MarketRow {
  readonly symbol: string;
  /** Counts from 0, the first tick at which the features are known. */
  readonly tick: number;
  readonly close: number;
  /** Has exactly the names of `MARKET_FEATURES`. */
  readonly features: Readonly<Record<string, number>>;
}

export interface MarketOptions {
  readonly seed: number;
  readonly symbols: readonly string[];
}

/**
 * An endless synthetic market: one row of each symbol per tick, in the order of `symbols`. The same seed gives the same
 * rows, and a symbol's rows do not depend on which others are asked for. Regimes last 40 ticks on average and change
 * independently in each symbol, so a few hundred rows already contain many.
 */
export function* syntheticMarket({ seed, symbols }: MarketOptions): Generator<MarketRow, never> {
  if (symbols.length === 0) throw new RangeError("A market needs at least one symbol");
  const walks = symbols.map((symbol) => ({ symbol, rows: warmRows(seed, symbol) }));
  for (let tick = 0; ; tick += 1) {
    for (const { symbol, rows } of walks) yield { symbol, tick, ...rows.next().value };
  }
}

function* warmRows(seed: number, symbol: string): Generator<Pick<MarketRow, "close" | "features">, never> {
  const indicators = new Indicators();
  for (const candle of candles(seed, symbol)) {
    const features = indicators.add(candle);
    if (features !== null) yield { close: candle.close, features };
  }
  throw new Error("The candles came to an end");
}
