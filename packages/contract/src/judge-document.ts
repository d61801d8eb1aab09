import type { ExitCode } from "./exit-codes.js";
import type { ScoreKind } from "./profile.js";
import type { ModelVerdict, Verdict } from "./verdict.js";

/** A limit of a profile that allows what the built-in one forbids. */
export interface LaxerLimit {
  /** `<check>.<measure>`, or `minPredictions`. */
  readonly key: string;
  readonly limit: number;
  readonly builtIn: number;
}

/** The limits that a verdict was made under. */
export interface JudgedProfile {
  /** `built-in`, or the profile's own name. */
  readonly name: string;
  /** `built-in`, `ready made`, `given`, a file, or what it was learnt from. */
  readonly source: string;
  /** SHA-256 of the profile's canonical JSON. */
  readonly hash: string;
  readonly score: ScoreKind;
  /** Every limit that is laxer than the built-in one. */
  readonly laxer: readonly LaxerLimit[];
  /** Built-in checks that such predictions cannot be judged by, such as those of labels for a regression. */
  readonly notJudged: readonly string[];
}

/** Rows that could not be read as predictions, by reason. */
export interface RejectedRows {
  readonly reason: string;
  readonly count: number;
  /** Where the first one is. */
  readonly sample: string | null;
}

/** Whether predictions of any model are sound, by themselves and against a reference. Permits no traffic. */
export interface JudgeDocument {
  readonly kind: "judge";
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
  /** Why not, worst first; empty only for a pass. */
  readonly reasons: readonly string[];
  /** The id of the check behind each reason, in the same order. */
  readonly codes: readonly string[];
  /** What the reader should know of a verdict, whatever it is. */
  readonly warnings: readonly string[];
  readonly judgedAt: string;
  /** Empty if a program judged, and not the command line. */
  readonly host: string;
  readonly toolVersion: string;
  /** What was judged: a file, or `predictions`. */
  readonly source: string;
  /** Times of the oldest and the newest prediction; null if predictions have none. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly profile: JudgedProfile;
  /** What the predictions were compared with; null: nothing. */
  readonly reference: { readonly source: string; readonly predictions: number } | null;
  /** Rows that were read, those of them that are not predictions, and those that were judged. */
  readonly counts: { readonly read: number; readonly rejected: number; readonly judged: number };
  readonly rejected: readonly RejectedRows[];
  /** One model. The statistics of a regression are in the units of its score. */
  readonly models: readonly ModelVerdict[];
  readonly digest: string;
}
