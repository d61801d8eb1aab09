import type { DrawnFigure } from "@qsc/report/live";

export type Tone = "good" | "bad" | "unknown";

/** What the page shows of this moment. All texts are names or sentences, and are displayed as they are. */
export interface ConsoleView {
  readonly headline: { readonly tone: Tone; readonly word: string; readonly text: string };
  /** What deserves a look, worst first. */
  readonly notices: readonly { readonly tone: Tone; readonly text: string }[];
  /** Null if there is no watch. */
  readonly progress: ViewProgress | null;
  readonly facts: readonly ViewFact[];
  readonly figures: readonly DrawnFigure[];
  readonly models: readonly ViewModel[];
  /** Changes when past canaries, reports or the audit trail do. */
  readonly past: number;
  /** Changes when what the watch has seen of each symbol may have; not more often than every few seconds. */
  readonly segments: number;
}

interface ViewProgress {
  readonly watchedMs: number;
  readonly durationMs: number;
  readonly text: string;
}

/** A name and a text; with a time, in milliseconds before the view was made, the page tells how long ago that is now. */
export interface ViewFact {
  readonly name: string;
  readonly text: string;
  readonly agoMs?: number;
}

export interface ViewModel {
  readonly model: string;
  readonly role: string;
  readonly weight: string;
  readonly answer: string;
  readonly tone: "plain" | "bad";
}

/** How the watched models answer for each symbol: the worst first. */
export interface SegmentsView {
  /** Why that is unknown; null if it is not. */
  readonly problem: string | null;
  /** Whether a symbol ends the watch, or is shown for information alone. */
  readonly decides: boolean;
  /** A line for each model. */
  readonly lines: readonly { readonly tone: Tone; readonly text: string }[];
  readonly rows: readonly SegmentRowView[];
}

export interface SegmentRowView {
  readonly model: string;
  readonly symbol: string;
  readonly status: string;
  readonly tone: Tone;
  readonly decisions: string;
  readonly shares: string;
  readonly unchanged: string;
  readonly evidence: string;
  readonly proven: string;
}

/** What is over: newest first. */
export interface PastView {
  readonly canaries: readonly PastCanaryView[];
  readonly reports: readonly ReportLink[];
  readonly audit: readonly AuditRow[];
  /** Why a list cannot be relied on, by what it is read from; null if it can. */
  readonly problems: { readonly audit: string | null; readonly reports: string | null };
}

export interface ReportLink {
  readonly of: string;
  readonly at: string;
  /** The file names, by form. */
  readonly names: readonly string[];
}

export interface PastCanaryView {
  readonly activatedAt: string;
  readonly model: string;
  readonly by: string;
  readonly share: string;
  readonly watched: string;
  readonly outcome: string;
  readonly tone: Tone;
  readonly at: string;
  readonly reason: string;
  /** Those that were made from its activation until shortly after its end. */
  readonly reports: readonly ReportLink[];
}

export interface AuditRow {
  readonly number: number;
  readonly at: string;
  readonly event: string;
  readonly by: string;
  readonly details: string;
}
