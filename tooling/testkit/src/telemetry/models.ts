import { normalCdf, sixDecimals, type Random } from "./random.js";

/** How one model of the ensemble behaves. */
export interface ModelProfile {
  readonly name: string;
  /**
   * The probability of each label, with a sum of 1, ordered along an axis: the labels at its two ends oppose each
   * other.
   */
  readonly labels: Readonly<Record<string, number>>;
  readonly confidence: {
    readonly mean: number;
    /** Population standard deviation. */
    readonly std: number;
    /** Correlation of one confidence with the one before, in [0, 1). */
    readonly autocorrelation: number;
  };
  readonly latencyMs: { readonly min: number; readonly max: number };
}

function profile(name: string, labels: Record<string, number>, mean: number, std: number): ModelProfile {
  return { name, labels, confidence: { mean, std, autocorrelation: 0.3 }, latencyMs: { min: 4, max: 12 } };
}

/** Four models well within every limit of the checks. */
export const healthyModels: readonly ModelProfile[] = [
  profile("xgboost", { SELL: 0.26, HOLD: 0.48, BUY: 0.26 }, 0.64, 0.15),
  profile("lightgbm", { SELL: 0.28, HOLD: 0.46, BUY: 0.26 }, 0.66, 0.14),
  profile("nhits", { SELL: 0.24, HOLD: 0.5, BUY: 0.26 }, 0.6, 0.16),
  profile("patchtst", { SELL: 0.25, HOLD: 0.48, BUY: 0.27 }, 0.62, 0.14),
];

export interface ModelSource {
  readonly name: string;
  readonly artifactSha256: string;
  /** The next prediction. `market` is the standard normal value that all models share for this event. */
  next(market: number): { action: string; confidence: number; latencyMs: number };
}

/** Refuses a profile that the generator could not follow exactly. */
export function createModel(model: ModelProfile, agreement: number, random: Random): ModelSource {
  const { mean, std, autocorrelation } = model.confidence;
  const halfWidth = Math.sqrt(3) * std;
  const total = Object.values(model.labels).reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-9) throw new RangeError(`${model.name}: label probabilities sum to ${total}, not 1`);
  if (mean - halfWidth < 0 || mean + halfWidth > 1) {
    throw new RangeError(`${model.name}: confidence ${mean} ± ${halfWidth} leaves [0, 1]`);
  }
  let mood = random.normal();
  return {
    name: model.name,
    artifactSha256: random.hex(64),
    next: (market) => {
      mood = autocorrelation * mood + Math.sqrt(1 - autocorrelation ** 2) * random.normal();
      const view = Math.sqrt(agreement) * market + Math.sqrt(1 - agreement) * random.normal();
      const { min, max } = model.latencyMs;
      return {
        action: labelAt(model.labels, normalCdf(view)),
        // Uniform on mean ± sqrt(3) std: exactly this mean and std, and always within [0, 1].
        confidence: sixDecimals(mean + halfWidth * (2 * normalCdf(mood) - 1)),
        latencyMs: sixDecimals(min + (max - min) * random.uniform()),
      };
    },
  };
}

/** The label whose share of [0, 1] contains this point. */
function labelAt(labels: Readonly<Record<string, number>>, point: number): string {
  const names = Object.keys(labels);
  let end = 0;
  for (const name of names) {
    end += labels[name] ?? 0;
    if (point < end) return name;
  }
  return names.at(-1) ?? "";
}
