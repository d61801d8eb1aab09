import type { WatchEvidence, WatchProgress } from "@qsc/contract";

/** What was judged. */
export interface Judged {
  /** Entries since the watch's last one. */
  readonly events: number;
  /** The evidence of the watch, continued by them. */
  readonly evidence: WatchEvidence;
  /** How far the telemetry has been judged by now, so that a watch notices if anything after that is lost. */
  readonly upTo: JudgedUpTo;
}

/** The last entry that was judged, the number of entries that were, and the source's mark at the last one, if there is one. */
type JudgedUpTo = Pick<WatchProgress, "cursor" | "events" | "mark">;
