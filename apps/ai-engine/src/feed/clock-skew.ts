/** An ID that is further ahead of this host's clock, in milliseconds, is from the future: a clock is wrong. */
export const CLOCK_SKEW_MS = 5000;
