import { QscError } from "./errors.js";

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})$/i;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** An instant as written by a person: the first and the last millisecond that it covers. */
export interface WrittenTime {
  readonly firstMs: number;
  /** `12:30:05Z` covers the whole second, so that an upper bound loses none of it. */
  readonly lastMs: number;
}

/**
 * Reads an ISO 8601 time with its zone, such as `2026-01-11T08:30:00Z` or `2026-01-11T09:30:00.250+01:00`. Digits
 * beyond the millisecond are cut off.
 *
 * @throws QscError `invalid_time`, naming the text and the expected form.
 */
export function parseTime(text: string, name = "time"): WrittenTime {
  const time = readTime(text.trim());
  if (time !== null) return time;
  throw new QscError(
    "invalid_time",
    `${name} '${text}' is not a time; write ISO 8601 with its zone, such as 2026-01-11T08:30:00Z.`,
  );
}

/** Like `parseTime`, for any text; null when it is not such a time. */
export function readTime(text: string): WrittenTime | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = "", zone = ""] = match;
  const base = utc([year, month, day, hour, minute, second ?? "0"].map(Number));
  const offset = offsetMs(zone);
  if (base === null || offset === null) return null;
  const unit = second === undefined ? 60_000 : 10 ** Math.max(0, 3 - fraction.length);
  const firstMs = base + Number(fraction.slice(0, 3).padEnd(3, "0")) - offset;
  return firstMs >= 0 ? { firstMs, lastMs: firstMs + unit - 1 } : null;
}

/** Milliseconds of a calendar time; null when the calendar has no such day or hour. */
function utc(parts: readonly number[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return same ? date.getTime() : null;
}

function offsetMs(zone: string): number | null {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * Reads a duration such as `30s`, `1.5m`, `6h` or `250ms`, in whole milliseconds.
 * @throws QscError `invalid_time`.
 */
export function parseDuration(text: string, name = "duration"): number {
  const match = DURATION.exec(text.trim());
  const [, amount = "", unit = ""] = match ?? [];
  const ms = Math.round(Number(amount) * (UNIT_MS.get(unit) ?? Number.NaN));
  if (!Number.isSafeInteger(ms)) {
    throw new QscError(
      "invalid_time",
      `${name} '${text}' is not a duration; write a number and its unit, such as 30s, 15m or 6h.`,
    );
  }
  return ms;
}

/** The last millisecond that has a calendar date (ECMA-262). */
const LAST_DATE_MS = 8.64e15;

/** ISO 8601 in UTC with milliseconds; for a time beyond the last calendar date, a text that says so. */
export function iso(ms: number): string {
  if (!(Math.abs(ms) <= LAST_DATE_MS)) return `${ms} ms after 1970, beyond any date`;
  return new Date(ms).toISOString();
}

/** A duration in words: `250 ms`, `4 min 10 s`, `3 d 4 h`. */
export function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (Math.abs(ms) < 1000) return `${Math.round(ms)} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, "min", 1, "s");
  if (seconds < 86_400) return twoUnits(seconds, 3600, "h", 60, "min");
  return twoUnits(seconds, 86_400, "d", 3600, "h");
}

/** A duration that is only known roughly: in whole minutes, or seconds below one minute, rounded up. */
export function describeRoughly(ms: number): string {
  const unit = ms < 60_000 ? 1000 : 60_000;
  return describeDuration(Math.ceil(ms / unit) * unit);
}

/**
 * A duration to show next to its limit. If it is longer but would read the same as the limit, the words say by how
 * much: `15 min and 400 ms`.
 */
export function describeBeside(ms: number, limitMs: number): string {
  const words = describeDuration(ms);
  const beyond = ms - limitMs;
  if (!(beyond > 0) || words !== describeDuration(limitMs)) return words;
  return `${words} and ${beyond < 1 ? `${Number(beyond.toPrecision(2))} ms` : describeDuration(beyond)}`;
}

function twoUnits(s: number, big: number, bigName: string, small: number, name: string): string {
  const whole = Math.floor(s / big);
  const rest = Math.floor((s - whole * big) / small);
  return rest === 0 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${name}`;
}
