import { BettingEProcess } from "@qsc/stats";
import type { Previous } from "../dependence/previous-answers.js";
import type { Observation } from "./observation.js";
import type { ConfidenceMemory } from "./confidence-memory.js";
import { asShare, type SequentialTest } from "./sequential-test.js";

/** Whether an answer is a case of what is limited; null where it says nothing of it. */
export type Indicator = (observation: Observation, memory: ConfidenceMemory) => boolean | null;

/** Below this an allowed share is as good as none. */
const LEAST_ALLOWED = 1e-6;

/** What a share may be for the next answer, given those before it. */
export interface Allowance {
  readonly share: number;
  readonly bets: "usual" | "cautious";
}

/** A share that is limited. */
interface LimitedShare {
  readonly name: string;
  readonly allowed: number;
  readonly indicator: Indicator;
  /** Known before the answer; at 1 or more nothing is refuted, and nothing is bet. */
  readonly next: (before: {
    readonly wasCase: boolean;
    readonly previous: Previous;
    readonly memory: ConfidenceMemory;
  }) => Allowance;
}

/** Evidence that more than a share `allowed` of the answers are cases. Nothing can be more than all. */
export function shareTest({ name, allowed, indicator, next }: LimitedShare): readonly SequentialTest[] {
  if (allowed >= 1) return [];
  const usual = Math.max(allowed, LEAST_ALLOWED);
  let evidence = new BettingEProcess(usual);
  let wasCase = false;
  return [
    {
      key: name,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.reaches(log),
      take(observation, memory, previous) {
        const isCase = indicator(observation, memory);
        if (isCase === null) return;
        const { share, bets } = next({ wasCase, previous, memory });
        if (share < 1) evidence.add(isCase ? 1 : 0, Math.max(share, LEAST_ALLOWED), bets);
        wasCase = isCase;
      },
      state: () => ({ ...evidence.state(), wasCase }),
      restore(state) {
        const known = asShare(state);
        if (known.allowed !== usual) throw new TypeError("evidence of another share");
        evidence = BettingEProcess.from(known);
        wasCase = known.wasCase === true;
      },
    },
  ];
}

/** The share that persistence `r` makes of a share, after a case: r of the answers repeat it, and the rest are new. */
export function persisting(share: number, r: number): number {
  return share + r * (1 - share);
}

/** The same share whatever came before. */
export function always(share: number): LimitedShare["next"] {
  const allowance = { share, bets: "usual" } as const;
  return () => allowance;
}
