import { requireFinite, requireObject } from "./check.js";
import { STATS_ERROR_CODES, StatsError } from "./errors.js";

/** Geometry of a histogram, in units of the values. */
export interface HistogramShape {
  readonly low: number;
  readonly high: number;
  /** Distance between bin centres, which are whole multiples of it. */
  readonly width: number;
}

/** 8 MB of counts: a larger shape is a mistake. */
const MOST_BINS = 1_000_000;

/** Throws `not_finite`, `invalid_argument` or `out_of_range` for an invalid shape. */
export function requireShape(shape: HistogramShape): void {
  requireObject(shape, "shape");
  const { low, high, width } = shape;
  requireFinite(low, "low");
  requireFinite(high, "high");
  requireFinite(width, "width");
  const { invalidArgument, outOfRange } = STATS_ERROR_CODES;
  if (low >= high) throw new StatsError(invalidArgument, `low is ${low}: expected a number below high, ${high}`);
  if (width <= 0) throw new StatsError(invalidArgument, `width is ${width}: expected a positive number`);
  const bins = (high - low) / width;
  if (bins <= MOST_BINS) return;
  throw new StatsError(outOfRange, `width is ${width}: expected at most ${MOST_BINS} bins, not ${bins}`);
}

/** Throws `shape_mismatch` unless both put every value into the same bin. */
export function requireSameShape(expected: HistogramShape, given: HistogramShape): void {
  const { low, high, width } = expected;
  if (low === given.low && high === given.high && width === given.width) return;
  const text = `histogram over ${describe(given)}: expected ${describe(expected)}`;
  throw new StatsError(STATS_ERROR_CODES.shapeMismatch, text);
}

function describe({ low, high, width }: HistogramShape): string {
  return `[${low}, ${high}] in bins of ${width}`;
}

/** 1 / width if that is a whole number up to rounding, else null. */
export function wholeInverse(width: number): number | null {
  const inverse = Math.round(1 / width);
  return Math.abs(inverse * width - 1) <= 2 * Number.EPSILON ? inverse : null;
}
