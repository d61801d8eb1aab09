/** The exact oracle: rational arithmetic on BigInt. A double converts to a fraction without loss. */
export interface Fraction {
  readonly num: bigint;
  /** Positive. */
  readonly den: bigint;
}

/** Every finite double is a whole multiple of 2^-1074. */
const SCALE = 1074n;

/** The whole number x * 2^1074. */
export function scaled(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -magnitude : magnitude;
}

export function fraction(x: number): Fraction {
  return { num: scaled(x), den: 1n << SCALE };
}

export function ratio(num: bigint, den: bigint): Fraction {
  return den < 0n ? { num: -num, den: -den } : { num, den };
}

function add(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return add(a, { num: -b.num, den: b.den });
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.num, den: a.den * b.den };
}

export function atMost(a: Fraction, b: Fraction): boolean {
  return a.num * b.den <= b.num * a.den;
}

/** The nearest double, up to a unit in the last place. */
export function toNumber({ num, den }: Fraction): number {
  if (num < 0n) return -toNumber({ num: -num, den });
  const shift = den.toString(2).length - num.toString(2).length + 64;
  const quotient = shift >= 0 ? (num << BigInt(shift)) / den : num / (den << BigInt(-shift));
  const half = Math.trunc(-shift / 2);
  return Number(quotient) * 2 ** half * 2 ** (-shift - half);
}

/** |approximate - exact|, with the difference computed exactly. */
export function errorOf(approximate: number, exact: Fraction): number {
  return Math.abs(toNumber(subtract(fraction(approximate), exact)));
}

export interface ExactMoments {
  readonly mean: Fraction;
  readonly variance: Fraction;
  /** Central moments of order three and four, rounded once at the end. */
  readonly third: number;
  readonly fourth: number;
}

/** Exact population moments of at least one value. */
export function exactMoments(values: readonly number[]): ExactMoments {
  const n = BigInt(values.length);
  const whole = values.map(scaled);
  const sum = whole.reduce((total, x) => total + x, 0n);
  const central = (order: bigint): bigint => whole.reduce((total, x) => total + (n * x - sum) ** order, 0n);
  const denominator = (order: bigint): bigint => (n ** (order + 1n)) << (SCALE * order);
  return {
    mean: ratio(sum, n << SCALE),
    variance: ratio(central(2n), denominator(2n)),
    third: toNumber(ratio(central(3n), denominator(3n))),
    fourth: toNumber(ratio(central(4n), denominator(4n))),
  };
}

/** Exact interpolation at a rank (itself a double) of ascending values. */
export function exactAtRank(sorted: ArrayLike<number>, rank: number): Fraction {
  const position = Math.floor(rank);
  const low = fraction(sorted[position] ?? NaN);
  const high = fraction(sorted[Math.ceil(rank)] ?? NaN);
  return add(low, multiply(fraction(rank - position), subtract(high, low)));
}

export function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 1n; i <= BigInt(k); i += 1n) result = (result * (BigInt(n) - i + 1n)) / i;
  return result;
}
