/**
 * What a process may end with. `proven` is only ever said of something proven; what is
 * refuted and what is unknown end alike, because neither may take traffic.
 */
export const EXIT = {
  /** The command proved what it was asked. */
  proven: 0,
  /** A usage error or a fault of the tool itself. */
  error: 1,
  /** Refuted, or it cannot be proven. */
  refused: 2,
  /** A collection is complete. Never a permission. */
  collected: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
