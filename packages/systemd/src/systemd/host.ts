import type { Files } from "./files.js";

/** How to reach a systemd: how to run its commands and how to change its unit files. */
export interface Host {
  /** For an operator. */
  readonly label: string;
  /** The directory of the units and of their drop-in directories. */
  readonly unitDirectory: string;
  readonly files: Files;
  /** How long its manager may take to answer, in milliseconds. */
  readonly answerMs: number;
  /** The whole command line for systemctl with these arguments. */
  readonly systemctl: (args: readonly string[]) => readonly string[];
  /** The whole command line for journalctl with these arguments. */
  readonly journalctl: (args: readonly string[]) => readonly string[];
  /** The whole command line for a shell script with these arguments, where the units run. */
  readonly shell: (script: string, args: readonly string[]) => readonly string[];
  /** The command that shows an operator more about a unit. */
  readonly look: (unit: string) => string;
}
