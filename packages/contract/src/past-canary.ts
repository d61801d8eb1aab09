import type { CanaryShare } from "./canary.js";

/** A canary from its activation to its end, as the audit log tells it. */
export interface PastCanary {
  readonly model: string;
  readonly activatedAt: string;
  /** Who activated it, and on which host. */
  readonly user: string;
  readonly host: string;
  /** The largest share of the vote that it had; null if the log does not say. */
  readonly share: CanaryShare | null;
  /** How long it was watched at that share, in milliseconds; null while that watch has not come to its end. */
  readonly watchedMs: number | null;
  /** How it ended, or what it is now; unknown if the log does not say how it ended, and another one came after it. */
  readonly outcome: "canary" | "eligible" | "promoted" | "rolled_back" | "rollback_failed" | "unknown";
  /** When that was. */
  readonly at: string;
  /** Why it was rolled back, or was to be; null if it was not. */
  readonly reason: string | null;
  /** The report of that rollback, relative to the working directory; null if none is found. */
  readonly report: string | null;
}
