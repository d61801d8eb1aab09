import { Random } from "./random.js";
import { regimes, type RegimeName } from "./regimes.js";

/** What a symbol did in one tick. */
export interface Candle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** The part of the volume that buyers took. */
  readonly buyVolume: number;
  /** Known only to the simulation: no feature is computed from it. */
  readonly regime: RegimeName;
}

/** The standard deviation of returns in a quiet tick. */
const QUIET = 0.002;
/** Of Student's t: this and the changes of regime give the returns their kurtosis. */
const DEGREES_OF_FREEDOM = 4;

/**
 * Buying pressure, which order flow shows: how much of it remains a tick later, and how far it moves the next price.
 */
const PRESSURE_MEMORY = 0.6;
const PRESSURE_EFFECT = 0.85;
/** Sentiment, which the wicks of the candles show. */
const SENTIMENT_MEMORY = 0.4;
const SENTIMENT_EFFECT = 0.85;

/** How far one tick moves towards a new regime's volatility, as a share. */
const VOLATILITY_STEP = 0.3;
/** The weight of the newest price in the recent mean that a range returns to. */
const RECENT_WEIGHT = 0.1;
/**
 * How much closer to its anchor one tick brings the price, as a share: however long the walk, the price stays
 * plausible.
 */
const ANCHOR_PULL = 2e-4;

/** The endless candles of one symbol. They depend only on the seed and the symbol's name. */
export function* candles(seed: number, symbol: string): Generator<Candle, never> {
  const random = new Random(`${seed}/${symbol}`);
  const quiet = QUIET * (0.75 + 0.5 * random.uniform());
  const usualVolume = Math.exp(4 + 4 * random.uniform());
  const anchor = Math.log(10) * 4 * random.uniform();

  let price = anchor;
  let recent = anchor;
  let pressure = random.normal();
  let sentiment = random.normal();
  let volatility = quiet;
  for (const regime of regimes(random)) {
    const open = price;
    volatility += VOLATILITY_STEP * (quiet * regime.volatility - volatility);
    const reversion = (regime.reversion * (price - recent)) / volatility;
    const expected = regime.drift + PRESSURE_EFFECT * pressure + SENTIMENT_EFFECT * sentiment - reversion;
    const step = volatility * (expected + random.studentT(DEGREES_OF_FREEDOM));
    price += step - ANCHOR_PULL * (price - anchor);
    recent += RECENT_WEIGHT * (price - recent);
    // Drawn after the price moved: what this candle shows of them moves the next one.
    pressure = remembered(pressure, PRESSURE_MEMORY, random);
    sentiment = remembered(sentiment, SENTIMENT_MEMORY, random);

    const wick = (length: number): number => 0.4 * volatility * Math.abs(random.normal()) * Math.exp(0.7 * length);
    const volume = usualVolume * Math.exp(0.3 * random.normal() + 0.4 * Math.min(3, Math.abs(step) / quiet));
    yield {
      open: Math.exp(open),
      high: Math.exp(Math.max(open, price) + wick(-sentiment)),
      low: Math.exp(Math.min(open, price) - wick(sentiment)),
      close: Math.exp(price),
      volume,
      buyVolume: (volume * (1 + Math.tanh(0.5 * pressure + 0.3 * random.normal()))) / 2,
      regime: regime.name,
    };
  }
  throw new Error("The regimes came to an end");
}

/** One step of a process with mean 0 and standard deviation 1 that forgets at this rate. */
function remembered(value: number, memory: number, random: Random): number {
  return memory * value + Math.sqrt(1 - memory ** 2) * random.normal();
}
