import { resolve } from "node:path";

/** The definition of one setting. Its flag, its variable and its key in the config file are derived from its name. */
export interface SettingRow {
  /** What it means, for help and documentation. */
  readonly about: string;
  /** Its default; null if it has none. */
  readonly preset: string | null;
  /** What applies without a value, in words. */
  readonly otherwise?: string;
  /** The heading in help. */
  readonly group: "Telemetry" | "Policy and files" | "Unit" | "Console and metrics" | "HTTP judge";
  /**
   * Which commands take it as a flag; `named`: only commands that list it. Every command reads the variable and the
   * config file.
   */
  readonly takenBy: "every command" | "what acts on a unit" | "named";
  /** Whether its flag may be given several times: the values are then joined by commas. */
  readonly repeats?: true;
  /** What a shell can complete its value with; nothing if it is left out. */
  readonly completes?: "file" | "directory";
  /** The value in a form that means the same in any working directory. */
  readonly anywhere: (value: string) => string;
}

/** A value that names no place. */
export const asItIs = (value: string): string => value;
/** A path, as an absolute one. */
export const path = (value: string): string => resolve(value);
/** Paths with commas between them, as absolute ones. */
export const paths = (value: string): string =>
  value
    .split(",")
    .map((each) => resolve(each.trim()))
    .join(",");

/** A path after a prefix, such as `file:`, as an absolute one. */
export function pathBehind(prefix: string): (value: string) => string {
  return (value) => (value.startsWith(prefix) ? `${prefix}${resolve(value.slice(prefix.length))}` : value);
}
