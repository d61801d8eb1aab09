/** Every way a call into this package can be refused. */
export const STATS_ERROR_CODES = {
  /** A number was NaN, infinite or no number at all. */
  notFinite: "not_finite",
  /** A finite number lies outside the range the function is defined on. */
  outOfRange: "out_of_range",
  /** A probability is outside [0, 1], or a confidence outside (0, 1). */
  invalidProbability: "invalid_probability",
  /** Two things that must have the same geometry have not. */
  shapeMismatch: "shape_mismatch",
  /** An argument is of another type than expected, or has no usable meaning (a fractional count, unsorted data). */
  invalidArgument: "invalid_argument",
} as const;

export type StatsErrorCode = (typeof STATS_ERROR_CODES)[keyof typeof STATS_ERROR_CODES];

/**
 * The only error this package throws. The message names the offending value and says what is
 * expected; whatever object was called is left as it was before the call.
 */
export class StatsError extends Error {
  readonly code: StatsErrorCode;

  constructor(code: StatsErrorCode, message: string) {
    super(message);
    this.name = "StatsError";
    this.code = code;
  }
}
