/** Every way a call into this package can be refused. */
export const STATS_ERROR_CODES = {
  /** A number was NaN, infinite or not a number at all. */
  notFinite: "not_finite",
  /** A finite number lies outside the range the function is defined on. */
  outOfRange: "out_of_range",
  /** A probability is outside [0, 1], or a confidence outside (0, 1). */
  invalidProbability: "invalid_probability",
  /** Two things that must have the same geometry do not. */
  shapeMismatch: "shape_mismatch",
  /** An argument has the wrong type or no usable meaning (a fractional count, unsorted data). */
  invalidArgument: "invalid_argument",
} as const;

/** The code of a `StatsError`. */
export type StatsErrorCode = (typeof STATS_ERROR_CODES)[keyof typeof STATS_ERROR_CODES];

/**
 * The only error this package throws. The message names the offending value and says what is expected; the object that
 * was called is left unchanged.
 */
export class StatsError extends Error {
  readonly code: StatsErrorCode;

  constructor(code: StatsErrorCode, message: string) {
    super(message);
    this.name = "StatsError";
    this.code = code;
  }
}
