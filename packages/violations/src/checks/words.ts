import { invalidOption } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";

/** How to write a number for a person. */
export type Unit = "number" | "percent" | "ms" | "times" | "count";

/** More digits than a double has carry no information. */
const MOST_DIGITS = 16;

/** A value with its unit: `85 %`, `0.0093`, `12.5 ms`; `more` adds digits after the decimal point. */
export function say(value: number | null, unit: Unit, more = 0): string {
  if (value === null) return "unknown";
  if (typeof value !== "number") throw invalidOption("value", value, "a number, or null");
  if (value === Number.MAX_VALUE) return "without bound";
  switch (unit) {
    case "percent":
      return `${trim((value * 100).toFixed(2 + more))} %`;
    case "ms":
      return `${trim(value.toFixed(1 + more))} ms`;
    case "times":
      return `${trim(value.toFixed(2 + more))} x`;
    case "count":
      return String(value);
    case "number":
      return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(1 + more) : trim(value.toFixed(6 + more));
    default:
      throw invalidOption("unit", unit, "number, percent, ms, times or count");
  }
}

/** The value and its limit, with enough digits to show that the value is beyond the limit when it is. */
export function sayAgainst(value: number, limit: number, unit: Unit): Readonly<Record<"value" | "limit", string>> {
  const more = digitsFor([value], limit, unit);
  return { value: say(value, unit, more), limit: say(limit, unit, more) };
}

/** How many extra digits it takes to tell these values from the limit. */
export function digitsFor(values: readonly (number | null)[], limit: number, unit: Unit): number {
  const known = values.filter((value) => value !== null);
  const apart = known.filter((value) => isAbove(value, limit) || isBelow(value, limit));
  const told = (value: number, more: number): number => Number.parseFloat(say(value, unit, more));
  for (let more = 0; more < MOST_DIGITS; more += 1) {
    if (apart.every((value) => told(value, more) !== told(limit, more))) return more;
  }
  return MOST_DIGITS;
}

function trim(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
