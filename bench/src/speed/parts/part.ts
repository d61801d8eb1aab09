import type { Table } from "../table.js";

/** What every part of the benchmark works with. */
export interface Bench {
  /** Small sizes and few rounds, to check that it works. */
  readonly quick: boolean;
  readonly rounds: number;
  readonly seed: number;
  /** A directory of its own, removed afterwards. */
  readonly directory: string;
  readonly tell: (line: string) => void;
}

/** A part of the benchmark: its name on the command line, and what it measures. */
export interface Part {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<readonly Table[]>;
}
