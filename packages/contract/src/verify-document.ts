import type { ExitCode } from "./exit-codes.js";
import type { ErrorCode } from "./codes.js";
import type { Verdict } from "./verdict.js";

/** A member of a report that judging again gives another value for. */
export interface Difference {
  /** Such as `models[0].stats.n`. */
  readonly member: string;
  /** The values as JSON, cut off if they are long; null where there is none. */
  readonly report: string | null;
  readonly again: string | null;
}

/** Whether a report of a quality gate is whole, and follows from a recording of the events that it was made of. */
export interface VerifyDocument {
  readonly kind: "verify";
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
  readonly reasons: readonly string[];
  readonly codes: readonly ErrorCode[];
  readonly judgedAt: string;
  readonly host: string;
  readonly toolVersion: string;
  /** The report's file, and what it says of itself. */
  readonly report: {
    readonly path: string;
    readonly verdict: string;
    readonly judgedAt: string;
    readonly source: string;
    readonly digest: string;
  };
  /** The signed statement about the report, whose signatures are right; missing if the report came alone. */
  readonly attestation?: { readonly path: string; readonly keyIds: readonly string[] };
  /** What was read to judge again. */
  readonly source: string;
  /** The digest of the verdict that judging again gives; null if nothing was judged. */
  readonly again: string | null;
  /** The first few. */
  readonly differences: readonly Difference[];
  readonly digest: string;
}
