import { sixDecimals, type Random } from "./random.js";

/** The numeric metadata that version 1 has at the top level of the payload. */
const marketFeatures: Record<string, (noise: number) => number> = {
  atr_value: (noise) => 0.02 + 0.004 * noise,
  volatility_factor: (noise) => 1 + 0.15 * noise,
  exchange_divergence: (noise) => 0.01 * noise,
  funding_rate: (noise) => 0.0001 + 0.00005 * noise,
};

/** The features of a version 2 engine: the market features and four more. */
const modelFeatures: Record<string, (noise: number) => number> = {
  ...marketFeatures,
  rsi_14: (noise) => 50 + 9 * noise,
  macd: (noise) => 0.8 * noise,
  volume_ratio: (noise) => Math.exp(0.3 * noise),
  spread_bps: (noise) => 2 + 0.4 * noise,
};

/** One feature vector in which every feature varies. */
export function nextFeatures(version: 1 | 2, random: Random): Record<string, number> {
  const features = version === 1 ? marketFeatures : modelFeatures;
  return Object.fromEntries(Object.entries(features).map(([name, at]) => [name, sixDecimals(at(random.normal()))]));
}
