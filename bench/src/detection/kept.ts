import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Outcome } from "./watch.js";

/** Watches `from` up to but not including `to` of a scenario, simulated. */
interface Part {
  readonly seed: number;
  readonly scenario: string;
  readonly from: number;
  readonly to: number;
  readonly outcomes: readonly Outcome[];
}

/** Where the parts of a run that takes long are kept, so that one that is interrupted loses no more than a part. */
export interface Kept {
  readonly outcomesOf: (part: Omit<Part, "outcomes">) => readonly Outcome[] | null;
  readonly keep: (part: Part) => void;
}

/** Keeps nothing. */
export const NOTHING_KEPT: Kept = {
  outcomesOf: () => null,
  keep: () => {
    /* The caller has it. */
  },
};

/**
 * Keeps each part as a line of a file, with what an earlier run of the same code kept there. A line that was not
 * written whole is simulated again.
 */
export function keptIn(file: string): Kept {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  const parts = new Map(lines.map((line) => JSON.parse(line) as Part).map((part) => [keyOf(part), part.outcomes]));
  return {
    outcomesOf: (part) => parts.get(keyOf(part)) ?? null,
    keep: (part) => {
      appendFileSync(file, `${JSON.stringify(part)}\n`);
    },
  };
}

function keyOf({ seed, scenario, from, to }: Omit<Part, "outcomes">): string {
  return JSON.stringify([seed, scenario, from, to]);
}
