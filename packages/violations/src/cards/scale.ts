import { rules, type Rule } from "@qsc/contract";

/** A monotone map of the values onto [0, 1], the range of the histogram of a large sample. */
export interface Scale {
  readonly toUnit: (value: number) => number;
  readonly fromUnit: (unit: number) => number;
  /** The largest possible value; the smallest is 0. */
  readonly most: number;
}

export const scaleRule: Rule = rules.shaped({
  toUnit: rules.anyFunction,
  fromUnit: rules.anyFunction,
  most: rules.atLeastZero,
});

/** Confidences as they are: in [0, 1]. */
export const UNIT_SCALE: Scale = { toUnit: (value) => value, fromUnit: (unit) => unit, most: 1 };

/** Latencies are distinguished up to 10^7 ms, which is beyond any limit; longer ones count as 10^7 ms. */
export const LONGEST_MS = 1e7;

/** Latencies of 0 .. 10^7 ms, logarithmic: one bin is 0.16 % of the latency. */
export const LATENCY_SCALE: Scale = {
  toUnit: (ms) => Math.log1p(ms) / Math.log1p(LONGEST_MS),
  fromUnit: (unit) => Math.expm1(unit * Math.log1p(LONGEST_MS)),
  most: LONGEST_MS,
};
