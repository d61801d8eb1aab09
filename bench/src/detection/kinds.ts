/** The properties of a model. Labels are in the order BUY, SELL, HOLD. */
export interface Kind {
  readonly name: string;
  readonly shares: readonly [number, number, number];
  /** How far a rising or falling market moves BUY up and SELL down, or the other way round. */
  readonly tilt: number;
  /**
   * The probability that an answer's label equals the one before: the lag-1 autocorrelation, apart from the regimes'.
   */
  readonly stickiness: number;
  readonly confidence: { readonly centre: number; readonly std: number; readonly autocorrelation: number };
  /** Log-normal, in milliseconds. */
  readonly latency: { readonly median: number; readonly sigma: number; readonly autocorrelation: number };
  /** The share of answers that are errors. A third of them start a streak. */
  readonly errors: number;
}

// In the field's telemetry the lag-1 autocorrelation of labels is -0.05 to 0.30 (0.13 on average), and that of
// confidences 0.1.
const STICKINESS = 0.2;
const AUTOCORRELATION = 0.2;
const LATENCY = { median: 20, sigma: 0.4, autocorrelation: 0.5 };
const ERRORS = 0.004;

function kind(name: string, shares: Kind["shares"], tilt: number, centre: number, std: number): Kind {
  const confidence = { centre, std, autocorrelation: AUTOCORRELATION };
  return { name, shares, tilt, stickiness: STICKINESS, confidence, latency: LATENCY, errors: ERRORS };
}

/**
 * Four healthy but different models: two as in the field, one that mostly holds, one with a narrow (but legal)
 * confidence.
 */
export const HEALTHY: readonly [Kind, Kind, Kind, Kind] = [
  kind("balanced", [0.35, 0.35, 0.3], 0.12, 0.6, 0.15),
  kind("holding", [0.22, 0.23, 0.55], 0.08, 0.55, 0.12),
  kind("selling", [0.2, 0.55, 0.25], 0.06, 0.65, 0.16),
  kind("narrow", [0.3, 0.3, 0.4], 0.1, 0.58, 0.065),
];

/** A model whose true share of BUY is this. */
export function lopsided(share: number): Kind {
  return kind(`BUY ${share}`, [share, (1 - share) / 2, (1 - share) / 2], 0.03, 0.6, 0.15);
}
