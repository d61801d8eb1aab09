import type { Options } from "yargs";

/** The switches of every command. */
const HELP = ["help", "h"];

/**
 * What is wrong with the switches of a command line; null if nothing is. A parser takes any value but `true` for no, so
 * that `--dry-run=yes` would act; and of two contradicting switches it takes the last.
 */
export function faultOfSwitches(args: readonly string[], options: Readonly<Record<string, Options>>): string | null {
  const given = new Map<string, boolean>();
  for (const [at, arg] of args.entries()) {
    const [, name = "", attached] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const key = switchOf(name, options);
    if (key === null) continue;
    const value = attached ?? (args[at + 1] === "false" ? "false" : "true");
    if (value !== "true" && value !== "false") {
      return `${arg} is neither true nor false; write --${key} or leave it out`;
    }
    const isOn = value === "true";
    if ((given.get(key) ?? isOn) !== isOn) return `--${key} is given both as 'true' and as 'false'; give it once`;
    given.set(key, isOn);
  }
  return null;
}

/** The switch that a name or an alias stands for; null for every other option. */
function switchOf(name: string, options: Readonly<Record<string, Options>>): string | null {
  if (HELP.includes(name)) return "help";
  const found = Object.entries(options).find(
    ([key, { type, alias }]) => type === "boolean" && (key === name || alias === name),
  );
  return found?.[0] ?? null;
}
