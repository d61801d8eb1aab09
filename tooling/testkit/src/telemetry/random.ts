/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A number of lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** mulberry32: 32 bits of state, enough for test data. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    // Box-Muller; 1 - u keeps the logarithm's argument above zero.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(uniform() * 16).toString(16)).join(""),
  };
}

/** The standard normal's cumulative probability (Abramowitz and Stegun 7.1.26; error below 1.5e-7). */
export function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const upperTail = (series * Math.exp((-x * x) / 2)) / 2;
  return x < 0 ? upperTail : 1 - upperTail;
}

/** Telemetry has six decimals, for small event logs in which no digit depends on the last bit of a maths library. */
export function sixDecimals(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
