import type { DegeneracyOptions } from "@qsc/violations";
import type { ModelEvent } from "../model.js";

/** What every fail-closed model may be told. */
export interface GuardOptions {
  /** The model's name as log lines have it, such as `PatchTST`; the name if left out. */
  readonly title?: string;
  /** Longest time for one answer, in milliseconds; 1000 if left out. */
  readonly timeLimitMs?: number;
  /** When its recent output counts as degenerate. */
  readonly degeneracy?: DegeneracyOptions;
  /** Told of everything that happens, while it happens. What it throws is an uncaught exception. */
  readonly onEvent?: (event: ModelEvent) => void;
  /** Symbols whose history a sequence model keeps, the most recently seen; 1000 if left out. */
  readonly maxSymbols?: number;
}

export const DEFAULT_TIME_LIMIT_MS = 1000;

/** Timers do not go further. */
const LONGEST_MS = 2 ** 31 - 1;

/** @throws RangeError naming the option and the value. */
export function requireLimit(ms: number, option: string): number {
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new RangeError(`${option} must be a number of milliseconds above 0 and at most ${LONGEST_MS}, not ${ms}.`);
}

/** A limit that is no number would never be crossed. @throws RangeError naming the option and the value. */
export function requireDegeneracy(options: DegeneracyOptions = {}): DegeneracyOptions {
  const { window = 1, share = 1, std = 1, recovered = { share: 1, std: 1 } } = options;
  requireWhole(window, "degeneracy.window");
  const limits = { share, std, "recovered.share": recovered.share, "recovered.std": recovered.std };
  for (const [key, limit] of Object.entries(limits)) {
    if (!Number.isFinite(limit)) throw new RangeError(`degeneracy.${key} must be a finite number, not ${limit}.`);
  }
  return options;
}

/** @throws RangeError naming the option and the value. */
export function requireWhole(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${option} must be a whole number, at least 1, not ${value}.`);
}
