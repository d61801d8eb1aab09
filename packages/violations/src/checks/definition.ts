import type { Requirement } from "@qsc/contract";

/** What a check is of. A violation of one model fails that model; a violation of the telemetry fails every model. */
export type Scope = "model" | "telemetry" | "features" | "ensemble";

/** A limit of a check, which a policy may tighten as `<check>.<measure>`. A value at its limit passes. */
export interface Limit {
  readonly measure: string;
  readonly violatedWhen: "below" | "above";
  readonly limit: number;
  /** Milliseconds are given as a duration in a policy file; a share is a fraction of 1. */
  readonly unit?: "ms" | "share";
  /** A key of the policy file that means the same. */
  readonly alias?: string;
}

/**
 * What a running watch makes of a violation:
 * - `at once`: it ends the watch, however few decisions there are
 * - `past its limit`: the same, where a value is known to be beyond the limit
 * - `with enough decisions`: it is a statistic, and says too little of a few decisions
 * - `once others have enough`: it counts when the decisions would have been enough for a model that is in all of them
 * - `not yet`: it stands in the way at the end of the watch alone
 * - `not watched`: a watch does not judge it
 */
export type WatchRole =
  | "at once"
  | "past its limit"
  | "with enough decisions"
  | "once others have enough"
  | "not yet"
  | "not watched";

/** What every check has. `Cause` names the likely causes there are. */
interface Known {
  readonly id: string;
  /** When it is violated, for the pages; `{check.measure}` stands for that limit. */
  readonly meaning: string;
  readonly limits: readonly Limit[];
  readonly watch: WatchRole;
  /** Its value comes near to its limit by degrees: a watch reports how near. */
  readonly gradual?: true;
  /** What a policy requires for it: without that, it may be waived where it is unknown. */
  readonly requirement?: Requirement;
}

/** A check of one model. */
export interface ModelCheck<Cause extends string = string> extends Known {
  /** What diagnosis may name as the cause where it is violated. */
  readonly causes: readonly Cause[];
  /** A check of the telemetry whose violation says this one too. */
  readonly impliedBy?: string;
}

/** A check of what all models share. */
export interface SharedCheck extends Known {
  readonly cause: string;
  readonly nextStep: string;
  /** A check of the telemetry that asks the same of less: it is left out where this one is judged. */
  readonly replaces?: string;
  /** Every document names what it found, a pass included, unless the value is 0. */
  readonly isAlwaysNamed?: true;
  /** It is violated too where the engine serves something else than the gate judged. */
  readonly isOfWhatIsServed?: true;
  /** It warns, and fails nothing. */
  readonly warns?: true;
}

/** One comparison: the check is violated when the measure is beyond the limit. */
export interface Condition<Measure extends string = string, Bet extends string = string> {
  readonly measure: Measure;
  readonly violatedWhen: "below" | "above";
  readonly limit: number;
  /** The sequential test of a watch that refutes what this limit allows. */
  readonly bet: Bet;
  /** The condition exists only where there is something to compare with. */
  readonly needs?: "baseline" | "baseline latency";
}

/** One of the eight: it is violated when any of its conditions is. */
export interface CheckRow<Measure extends string = string, Bet extends string = string, Cause extends string = string> {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly anyOf: readonly Condition<Measure, Bet>[];
  /**
   * Its part of a watch's budget of false alarms. Where a limit allows a fault to pass for health for long, as P90 - P10 does
   * (nine of ten answers may be alike) and latency (slow answers may come in streaks), a check gets more of it: faults are
   * then found about equally fast.
   */
  readonly budgetParts: number;
  readonly causes: readonly Cause[];
  readonly requirement?: Requirement;
}
