import { createRandom } from "@qsc-tooling/testkit";
import { RecentDecisions } from "@qsc/violations";

/** @import { ModelBaseline, ModelReading, Policy } from "@qsc/contract" */

/** One symbol, and one decision every 20 seconds. */
export const SYMBOL = "BTCUSDC";
export const EVERY_MS = 20_000;
export const START_MS = Date.UTC(2026, 0, 5, 9);

const LABELS = ["BUY", "SELL", "HOLD"];

/**
 * The answers of a healthy model, one at each call: labels that come equally often, each the one before with the
 * probability `persistence`, and confidences of the same autocorrelation around 0.6.
 *
 * @param {{ readonly model: string, readonly persistence: number, readonly seed: number }} kind
 * @returns {() => ModelReading}
 */
export function healthyModel({ model, persistence, seed }) {
  const random = createRandom(seed);
  /** @type {string | undefined} */
  let label;
  let level = random.normal();
  return () => {
    if (label === undefined || random.uniform() >= persistence) label = LABELS[Math.floor(random.uniform() * 3)];
    level = persistence * level + Math.sqrt(1 - persistence ** 2) * random.normal();
    return readingOf(model, label ?? null, Math.min(0.99, Math.max(0.01, 0.6 + 0.15 * level)));
  };
}

/**
 * @param {string} model
 * @param {string | null} label
 * @param {number} confidence
 * @returns {ModelReading}
 */
export function readingOf(model, label, confidence) {
  return { model, nonPrediction: null, voted: true, action: label, confidence, latencyMs: 20, artifactSha256: null };
}

/**
 * What a gate that judges the next `count` answers of a model would tell its watch about it.
 *
 * @param {() => ModelReading} next
 * @param {number} count
 * @param {Policy} policy
 * @returns {ModelBaseline}
 */
export function baselineOf(next, count, policy) {
  const recent = new RecentDecisions(policy);
  let model = "";
  for (let n = 0; n < count; n += 1) {
    const reading = next();
    ({ model } = reading);
    recent.add({ id: `${BigInt(START_MS + n * EVERY_MS)}-0`, symbol: SYMBOL, models: [reading] });
  }
  const dependence = recent.measured().get(model);
  if (dependence === undefined) throw new Error(`${model} has not answered`);
  return { predictions: count, nonPredictions: 0, latencyP95Ms: 20, dependence };
}
