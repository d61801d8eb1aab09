/** The units of a time span, in milliseconds: systemd.time(7). */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};
const PART = /^(\d+(?:\.\d+)?)([a-z]+)$/;

/**
 * A span as `systemctl show` prints it, `1min 30s`, in milliseconds; Infinity for an unlimited one, null for anything
 * else.
 */
export function parseSpan(text: string): number | null {
  if (text === "infinity") return Infinity;
  if (text === "0") return 0;
  let sum = 0;
  for (const word of text.split(" ")) {
    const [, number = "", unit = ""] = PART.exec(word) ?? [];
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return null;
    sum += Number(number) * size;
  }
  return sum;
}
