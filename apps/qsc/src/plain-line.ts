import { optionsOf, type CommandLine } from "./command.js";
import { COMMANDS } from "./commands/table.js";

/** A value that every parser reads as such: not an option, not quoted, not empty. */
const VALUE = /^[^-"'][^"']*$/;

/**
 * Parses a command line that is written out in full: the command, then each option once, by its full name, with its
 * value. Null for all others, including help and mistakes: those are for the parser. If this answers, the answer is the
 * parser's, which then need not be loaded.
 */
export function readPlainLine([name, ...words]: readonly string[]): CommandLine | null {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined || command.positional !== undefined) return null;
  const options = new Map(Object.entries(optionsOf(command)));
  const given = new Map<string, string | true>();
  for (let at = 0; at < words.length; at += 1) {
    const [, key = "", attached] = /^--([^=]+)(?:=(.*))?$/s.exec(words[at] ?? "") ?? [];
    const option = options.get(key);
    if (option === undefined || given.has(key)) return null;
    const next = words[at + 1];
    if (option.type === "boolean") {
      // A parser may take the next word for its value.
      if (attached !== undefined || next?.startsWith("--") === false) return null;
      given.set(key, true);
      continue;
    }
    const value = attached ?? next ?? "";
    if (!VALUE.test(value) || option.choices?.includes(value) === false) return null;
    given.set(key, value);
    if (attached === undefined) at += 1;
  }
  const flags = new Map<string, unknown>();
  for (const [key, option] of options) {
    const value = given.get(key) ?? (option.default as unknown);
    if (value === undefined && option.demandOption !== undefined) return null;
    if (value !== undefined) flags.set(key, value);
  }
  return { command, flags: Object.fromEntries(flags) };
}
