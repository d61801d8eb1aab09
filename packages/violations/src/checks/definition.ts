import type { Requirement } from "@qsc/contract";

/**
 * What a check is about. A violation for one model fails that model; a violation of the telemetry fails every model.
 */
export type Scope = "model" | "telemetry" | "features" | "ensemble";

/** A limit of a check, which a policy may tighten as `<check>.<measure>`. A value exactly at its limit passes. */
export interface Limit {
  readonly measure: string;
  readonly violatedWhen: "below" | "above";
  readonly limit: number;
  /** Milliseconds are written as a duration in a policy file; a share is a fraction of 1. */
  readonly unit?: "ms" | "share";
  /** Another key of the policy file with the same meaning. */
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
  "at once" | "past its limit" | "with enough decisions" | "once others have enough" | "not yet" | "not watched";

/** What every check has. `Cause` lists the possible causes. */
interface Known {
  readonly id: string;
  /** When it is violated, for the documentation; `{check.measure}` stands for that limit. */
  readonly meaning: string;
  readonly limits: readonly Limit[];
  readonly watch: WatchRole;
  /** Its value approaches the limit gradually: a watch reports how close it is. */
  readonly gradual?: true;
  /** The policy requirement for this check: without it, an unknown result may be waived. */
  readonly requirement?: Requirement;
}

/** A check of one model. */
export interface ModelCheck<Cause extends string = string> extends Known {
  /** The causes that diagnosis may name when it is violated. */
  readonly causes: readonly Cause[];
  /** A check of the telemetry whose violation already implies this one. */
  readonly impliedBy?: string;
}

/** A check of something that all models share. */
export interface SharedCheck extends Known {
  readonly cause: string;
  readonly nextStep: string;
  /** A check of the telemetry that asks less about the same thing: it is omitted when this one is judged. */
  readonly replaces?: string;
  /** Every document names its result, including a pass, unless the value is 0. */
  readonly isAlwaysNamed?: true;
  /** A violation also means that the engine serves something other than what the gate judged. */
  readonly isOfWhatIsServed?: true;
  /** It only warns and never fails anything. */
  readonly warns?: true;
}

/**
 * What a condition needs to apply: a baseline, with a latency or the entropy of many labels, or at least
 * `MANY_LABELS` possible labels.
 */
export type Need = "baseline" | "baseline latency" | "many labels" | "baseline entropy";

/** One comparison: the check is violated when the measure is beyond the limit. */
export interface Condition<Measure extends string = string, Bet extends string = string> {
  readonly measure: Measure;
  readonly violatedWhen: "below" | "above";
  readonly limit: number;
  /** The sequential test of a watch against this limit. */
  readonly bet: Bet;
  /** The condition applies only when there is something to compare with. */
  readonly needs?: Need;
}

/** One of the eight checks: it is violated when any of its conditions is. */
export interface CheckRow<Measure extends string = string, Bet extends string = string, Cause extends string = string> {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly anyOf: readonly Condition<Measure, Bet>[];
  /**
   * Its share of a watch's budget for false alarms. Some limits let a fault look healthy for a long time: P90 - P10
   * allows nine of ten answers to be alike, and slow answers may come in streaks. Those checks get a larger share,
   * so that all faults are found about equally fast.
   */
  readonly budgetParts: number;
  readonly causes: readonly Cause[];
  readonly requirement?: Requirement;
}
