import { optionsOf, type Command } from "../command.js";
import type { Option } from "../option.js";
import { repeatableOf, WINDOW_OPTIONS } from "../options.js";

/** What may follow an option: one of some words, a path, or a value that only the operator knows. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "directory" }
  | { readonly kind: "other" };

/** One option of a command line, as completions and the manual show it. */
export interface DescribedOption {
  readonly name: string;
  readonly description: string;
  /** What it takes; null for a switch. */
  readonly value: Value | null;
  readonly repeatable: boolean;
  /** Whether it is a setting, or an option of every command. */
  readonly shared: boolean;
  /** The value that holds without it, in words; null if there is none. */
  readonly preset: string | null;
}

/** One command, as completions and the manual show it. */
export interface DescribedCommand {
  readonly name: string;
  readonly summary: string;
  /** The words that may follow it directly; null if it takes none. */
  readonly words: readonly string[] | null;
  /** Whether a file may follow it instead. */
  readonly takesFile: boolean;
  readonly positional: string | null;
  readonly options: readonly DescribedOption[];
  /** What to type, beginning with `qsc`, and what that does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
}

/** What the tables of commands and settings say, as plain values in the order of help. */
export function described(commands: readonly Command[]): readonly DescribedCommand[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    words: command.positional?.choices ?? null,
    takesFile: command.positional?.completes === "file",
    positional: command.positional?.name ?? null,
    options: Object.entries(optionsOf(command)).map(([name, option]) => ({
      name,
      description: option.description ?? "",
      value: valueOf(option),
      shared: !(name in command.options) && !(name in WINDOW_OPTIONS),
      repeatable: repeatableOf(command).includes(name),
      preset: presetOf(option),
    })),
    examples: command.examples.map(([line, does]) => [line.replaceAll("$0", "qsc"), does]),
  }));
}

function valueOf({ type, choices, completes }: Option): Value | null {
  if (type === "boolean") return null;
  if (choices !== undefined) return { kind: "words", words: choices.map(String) };
  return { kind: completes ?? "other" };
}

function presetOf({ type, default: value, defaultDescription }: Option): string | null {
  if (defaultDescription !== undefined) return defaultDescription;
  return type === "boolean" || value === undefined ? null : String(value);
}
