import type { Files } from "./files.js";

/** Where a systemd is: how its commands are run, and how its unit files are changed. */
export interface Host {
  /** For an operator. */
  readonly label: string;
  /** The directory that holds units and the directories of their drop-ins. */
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
  /** What an operator types to see more of a unit. */
  readonly look: (unit: string) => string;
}
