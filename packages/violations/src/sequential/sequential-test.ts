import type { BettingState, RangeState } from "@qsc/stats";
import type { Previous } from "../dependence/previous-answers.js";
import type { ConfidenceMemory } from "./confidence-memory.js";
import type { Observation } from "./observation.js";

/** A share's evidence, and whether the latest answer was a case. */
export interface ShareState extends BettingState {
  readonly wasCase?: boolean;
}

export type TestState = ShareState | RangeState;

/** Evidence against one thing that a limit allows. */
export interface SequentialTest {
  /** Names what is refuted, for the state file: `label BUY at most 0.7`. */
  readonly key: string;
  /** The labels whose share is limited; absent where none is. */
  readonly labels?: readonly string[];
  readonly logValue: number;
  /** Whether `logValue` is at least so large. */
  reaches(log: number): boolean;
  /** Takes one answer; `memory` knows of those before it only, `previous` is the same symbol's. */
  take(observation: Observation, memory: ConfidenceMemory, previous: Previous): void;
  state(): TestState;
  /** @throws StatsError for a state that cannot be one */
  restore(state: TestState): void;
}

/** @throws TypeError for the state of another kind of test */
export function asShare(state: TestState): ShareState {
  if ("recent" in state) throw new TypeError("a share's evidence has no recent values");
  return state;
}
