/** Powers of ten up to 10^22 are exact doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Integers of up to this many digits are exact doubles. */
const EXACT_DIGITS = 15;
/** Integers of up to this many digits fit in 32 bits. */
const HEAD_DIGITS = 9;
/** The decimal point, as a digit. */
const POINT = 0x2e - 0x30;
const MOST_DIGITS = 19;
/** Veltkamp's constant: splits a double into two halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** More than the relative error of a correction, see `quotient`. */
const DOUBT = 2 ** -50;

/** Reads JSON numbers from bytes, as exactly the doubles that JSON.parse returns. */
export class NumberReader {
  /** The position after the last number read. */
  end = 0;

  /** The number that begins at `from`; NaN if there is none, or if it overflows. `to` is the end of the text. */
  read(bytes: Buffer, from: number, to: number): number {
    const negative = from < to && bytes[from] === 0x2d;
    const begin = negative ? from + 1 : from;
    // Integers, because adding to one is several times faster than adding to a double.
    let head = 0;
    let middle = 0;
    let tail = 0;
    let digits = 0;
    let point = -1;
    let at = begin;
    for (; at < to; at += 1) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit >= 0 && digit <= 9) {
        if (digits < HEAD_DIGITS) head = (head * 10 + digit) | 0;
        else if (digits < EXACT_DIGITS) middle = (middle * 10 + digit) | 0;
        else tail = (tail * 10 + digit) | 0;
        // Leading zeros do not count as digits.
        if (digits > 0 || digit > 0) digits += 1;
      } else if (digit === POINT && point < 0) point = at;
      else break;
    }
    const whole = point < 0 ? at : point;
    const places = point < 0 ? 0 : at - point - 1;
    if (whole === begin || (point >= 0 && places === 0) || (whole > begin + 1 && bytes[begin] === 0x30))
      return Number.NaN;
    this.end = at;
    const isPlain = at >= to || (bytes[at] !== 0x65 && bytes[at] !== 0x45);
    if (isPlain && digits <= MOST_DIGITS && places < POWERS.length) {
      const exact =
        digits <= HEAD_DIGITS
          ? head
          : head * (POWERS[Math.min(digits, EXACT_DIGITS) - HEAD_DIGITS] ?? Number.NaN) + middle;
      const value = decimal(exact, tail, digits, places);
      if (!Number.isNaN(value)) return negative ? -value : value;
    }
    return this.#slowly(bytes, from, isPlain ? at : this.#exponent(bytes, at, to));
  }

  /** The end of the exponent that begins at `at`; -1 if it is not an exponent. */
  #exponent(bytes: Buffer, at: number, to: number): number {
    let end = at + 1;
    if (end < to && (bytes[end] === 0x2b || bytes[end] === 0x2d)) end += 1;
    const begin = end;
    while (digitAt(bytes, end, to) >= 0) end += 1;
    return end === begin ? -1 : end;
  }

  #slowly(bytes: Buffer, from: number, end: number): number {
    if (end < 0) return Number.NaN;
    this.end = end;
    const value = Number(bytes.toString("latin1", from, end));
    return Number.isFinite(value) ? value : Number.NaN;
  }
}

function digitAt(bytes: Buffer, at: number, to: number): number {
  if (at >= to) return -1;
  const digit = (bytes[at] ?? 0) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/**
 * The double nearest to a decimal: the digits of `head`, then those of `tail`. The last `places` of them come after the
 * decimal point.
 */
function decimal(head: number, tail: number, digits: number, places: number): number {
  const power = POWERS[places] ?? Number.NaN;
  // A division of two exact doubles is rounded once, so it is correct.
  if (digits <= EXACT_DIGITS) return head / power;
  return quotient(head, POWERS[digits - EXACT_DIGITS] ?? Number.NaN, tail, power);
}

/**
 * The double nearest to (head scale + tail) / power; NaN if that is uncertain. The numerator is exact as a sum of two
 * doubles, and so is the remainder of its division (Dekker 1971). So the correction to the first quotient is known to a
 * few units in its last place, and the sum is right if both ends of that range round to it.
 */
function quotient(head: number, scale: number, tail: number, power: number): number {
  const product = head * scale;
  const rest = productError(head, scale, product) + tail;
  const numerator = product + rest;
  const lost = rest - (numerator - product);
  const first = numerator / power;
  const back = first * power;
  const remainder = numerator - back - productError(first, power, back) + lost;
  const correction = remainder / power;
  const low = first + correction * (1 - DOUBT);
  const high = first + correction * (1 + DOUBT);
  return low === high ? low : Number.NaN;
}

/** a b - product, exactly, where product is a b rounded. */
function productError(a: number, b: number, product: number): number {
  const bigA = SPLITTER * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = SPLITTER * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}
