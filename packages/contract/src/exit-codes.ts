/**
 * The exit codes of a process. `proven` always means proven. Refuted and unknown share a code, because neither may
 * take traffic.
 */
export const EXIT = {
  /** The command proved what it was asked. */
  proven: 0,
  /** A usage error or a fault of the tool itself. */
  error: 1,
  /** Refuted, or impossible to prove. */
  refused: 2,
  /** A collection is complete. This never permits anything. */
  collected: 3,
} as const;

/** What a command exits with: see `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
