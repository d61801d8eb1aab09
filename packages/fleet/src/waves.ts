import { QscError } from "@qsc/contract";

/** The waves of a fleet if none are asked for: one host, a tenth of them, all. */
export const DEFAULT_WAVES = "1,10%,100%";

/**
 * Divides hosts into waves. Each part of the text says how many hosts have acted after that wave, as a number or a
 * percentage, rounded up: `1,10%,100%` is the first host, then up to a tenth of them, then all. A wave that adds none,
 * as in a small fleet, is left out.
 * @throws QscError `usage` if a part is neither, the parts do not grow, or the last one is not all hosts
 */
export function wavesOf<T>(hosts: readonly T[], text: string = DEFAULT_WAVES): readonly (readonly T[])[] {
  const ends = text.split(",").map((part) => endOf(part.trim(), hosts.length, text));
  ends.forEach((end, at) => {
    if (end < (ends[at - 1] ?? 0)) throw refused(text, "the parts must grow");
  });
  if (ends.at(-1) !== hosts.length)
    throw refused(text, `the last part must be all ${hosts.length} hosts, such as 100%`);
  return ends.map((end, at) => hosts.slice(ends[at - 1] ?? 0, end)).filter((wave) => wave.length > 0);
}

function endOf(part: string, all: number, text: string): number {
  const [, digits, percent] = /^(\d{1,6})(%?)$/.exec(part) ?? [];
  const given = Number(digits ?? Number.NaN);
  const isPercent = percent === "%";
  if (!(given >= 1) || (isPercent && given > 100))
    throw refused(text, `'${part}' is not a number of hosts or a percentage`);
  // A number beyond the fleet is all of it, so that one text serves fleets of every size.
  return isPercent ? Math.ceil((given * all) / 100) : Math.min(given, all);
}

function refused(text: string, why: string): QscError {
  return new QscError("usage", `--waves '${text}' cannot be used: ${why}. Write such as ${DEFAULT_WAVES}.`);
}
