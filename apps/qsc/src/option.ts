import type { Options } from "yargs";

/** An option of the command line. */
export interface Option extends Options {
  /** What a shell can complete its value with; nothing if it is left out. */
  readonly completes?: "file" | "directory";
}
