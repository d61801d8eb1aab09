import { describeDuration, inertText, iso } from "@qsc/contract";
import type { WaitProgress } from "@qsc/rollout";
import { bar } from "./bar.js";
import type { Io } from "./io.js";

/** Without a terminal, one line for each tenth of the way. */
const STEPS = 10;

export interface ProgressPrinter {
  readonly show: (progress: WaitProgress) => void;
  /** Ends the line of the bar. */
  readonly end: () => void;
}

/** Prints the progress of a wait: a bar on a terminal, otherwise a line from time to time; nothing when quiet. */
export function progressPrinter(io: Io, quiet: boolean): ProgressPrinter {
  if (quiet) return { show: () => undefined, end: () => undefined };
  return io.interactive ? barPrinter(io) : linePrinter(io);
}

function barPrinter(io: Io): ProgressPrinter {
  let drawn = false;
  return {
    show: (progress) => {
      io.err(`\r\u001b[K${`${bar(progress.have / progress.need)} ${describe(progress)}`.slice(0, io.columns - 1)}`);
      drawn = true;
    },
    end: () => {
      if (drawn) io.err("\n");
    },
  };
}

function linePrinter(io: Io): ProgressPrinter {
  let last = "";
  return {
    show: (progress) => {
      const step = `${Math.floor((progress.have / progress.need) * STEPS)} ${progress.outage ?? ""}`;
      if (step === last) return;
      last = step;
      io.err(`${describe(progress)}\n`);
    },
    end: () => undefined,
  };
}

function describe({ have, need, perMinute, etaMs, outage, models }: WaitProgress): string {
  if (outage !== null) return `${have} of ${need} predictions; ${inertText(outage)}`;
  if (have >= need) return `${have} of ${need} predictions: enough`;
  if (have === 0 && models.length > 0)
    return `0 of ${need} predictions; models seen: ${inertText(models.slice(0, 8).join(", "))}`;
  if (perMinute === null || etaMs === null) return `${have} of ${need} predictions; waiting for more`;
  const left = describeDuration(((need - have) / perMinute) * 60_000);
  const at = iso(etaMs).slice(11, 19);
  return `${have} of ${need} predictions, ${perMinute.toFixed(1)} per minute: enough in about ${left} (${at} UTC)`;
}
