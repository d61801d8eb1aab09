import type { SourceMark, WatchMoment, WatchStamp, WorstMargin } from "@qsc/contract";

/** How a watch ends. */
export type WatchEnd =
  | { readonly kind: "violation"; readonly violations: readonly string[] }
  | { readonly kind: "eligible" | "promoted" | "interrupted" }
  /** A promotion is giving the eligible canary its next share, and has that watched. */
  | { readonly kind: "passed_on"; readonly share: number }
  /** Another command has acted on the canary. */
  | { readonly kind: "left"; readonly detail: string };

/** What has happened. Everything that takes time or has effects comes as one of these events. */
export type WatchEvent =
  | {
      readonly kind: "read";
      /** When, after all of it was processed. */
      readonly now: WatchStamp;
      /** The newest entry that this watch has processed; null before the first. */
      readonly cursor: string | null;
      /** The number of entries that neither the last reading nor an earlier run has counted. */
      readonly counted: number;
      /** What was violated among entries that no later judgement sees, since more came at once than it covers. */
      readonly violations: readonly string[];
      /** The source's mark at its newest entry. */
      readonly mark: SourceMark | null;
      readonly hasNews: boolean;
      /** Whether all existing entries have been read. */
      readonly caughtUp: boolean;
      readonly outage: string | null;
      /** Whether the lease has not run out. */
      readonly leaseRuns: boolean;
    }
  | {
      readonly kind: "judged";
      /** When, as an ISO 8601 time. */
      readonly at: string;
      readonly violations: readonly string[];
      readonly unproven: readonly string[];
      readonly worst: readonly WorstMargin[];
      /** What this judgement saw. */
      readonly seen: Pick<WatchMoment, "margins" | "evidence">;
    }
  /** Whether a rollback is still possible: the violation if not. */
  | { readonly kind: "guarded"; readonly violation: string | null }
  | { readonly kind: "remembered"; readonly atMs: number }
  /** Whether the lease was renewed, or needed no renewal. */
  | { readonly kind: "renewed"; readonly held: boolean }
  | { readonly kind: "reported" }
  /** The result of the end of the watch; `busy` if another command is acting now. */
  | { readonly kind: "reached"; readonly what: "eligible" | "promoted" | "lapsed" | "busy" }
  | { readonly kind: "announced" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "left"; readonly detail: string }
  /** Another command has given this canary a larger share. */
  | { readonly kind: "raised"; readonly share: number; readonly detail: string }
  /** The state file cannot be trusted. */
  | { readonly kind: "broken"; readonly detail: string };

/** What to do next. Each decision is answered by one event. */
export type WatchDecision =
  /** Continue reading; answered by `read`, `interrupted`, `left`, `raised` or `broken`. */
  | { readonly kind: "read" }
  /** Judge the newest decisions; answered by `judged`. */
  | { readonly kind: "judge" }
  /** Check whether a rollback is still possible; answered by `guarded`. */
  | { readonly kind: "guard" }
  /** Write the state; answered by `remembered`. */
  | { readonly kind: "remember" }
  /** Renew the lease as far as the last judgement allows; answered by `renewed`. */
  | { readonly kind: "renew" }
  /** Report the progress of the watch; answered by `reported`. */
  | { readonly kind: "report" }
  /** Make the canary eligible, or complete its promotion; answered by `reached`. */
  | { readonly kind: "reach"; readonly phase: "eligible" | "promoted" }
  /** Publish the document of a canary that has just become eligible: a person decides now; answered by `announced`. */
  | { readonly kind: "announce" }
  | { readonly kind: "end"; readonly end: WatchEnd };
