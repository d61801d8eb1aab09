import type { OperationStep } from "@qsc/contract";

/** How a share of the vote is given: the proof that it is served, and the watch that follows. */
export interface NextWatch {
  /** How long to watch the canary at this share, in milliseconds. */
  readonly durationMs: number;
  /** The unit that watches, which is started at the end; null: the operator starts the watch. */
  readonly watchUnit: string | null;
  /**
   * The number of newest entries that the watch will judge: the `--window` of the watching unit, or of monitor.
   * Default: 2000.
   */
  readonly window?: number;
  /** The longest wait for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** Ends the command; what was done is undone. */
  readonly signal: AbortSignal;
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}
