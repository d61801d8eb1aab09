import { rules, type Rule } from "@qsc/contract";
import type { LimitKey } from "../checks/registry.js";

/** What a ready-made profile changes of the built-in limits. */
export interface ReadyMade {
  readonly about: string;
  readonly limits: Readonly<Partial<Record<LimitKey, number>>>;
}

/** Scores that follow a rare label, or are nearly certain, are close together. A frozen model still has one score. */
const CLOSE_SCORES = {
  "constant_output.std": 0.002,
  "constant_output.range": 0.0005,
  "narrow_range.range": 0.0005,
  "confidence_collapse.std": 0.002,
  "recent_collapse.std": 0.002,
} as const;

/** The ready-made profiles. A share of 1 is never exceeded: another check has to find what it would have found. */
export const READY_MADE = {
  imbalanced: {
    about: "one label is rare, as fraud or a defect is: up to 99.5 % may have the other one",
    limits: {
      ...CLOSE_SCORES,
      "action_bias.tradingShare": 0.995,
      "dead_zone.neutralShare": 0.995,
      "action_collapse.largestShare": 0.995,
      "action_collapse.entropy": 0.01,
      // Of 200 sound predictions all may have the usual label; `label_stopped` finds where a rare one ends.
      "recent_collapse.tradingShare": 1,
      "recent_collapse.neutralShare": 1,
    },
  },
  confident: {
    about: "scores are close to certain, and often round to the same number",
    limits: { ...CLOSE_SCORES, "confidence_collapse.modeShare": 0.9, "recent_collapse.modeShare": 0.98 },
  },
  slow: {
    about: "an answer may take 30 s, and three times as long as in the reference",
    limits: { "latency_spike.latencyP95": 30_000, "latency_spike.latencyRatio": 3 },
  },
} as const satisfies Readonly<Record<string, ReadyMade>>;

/** The name of a ready-made profile. */
export type ReadyMadeName = keyof typeof READY_MADE;

/** All of them. */
// Object.keys loses the types of the names; they are those of the table.
export const READY_MADE_NAMES = Object.keys(READY_MADE) as readonly ReadyMadeName[];

/** A name of a ready-made profile. */
export const readyMadeRule: Rule = rules.oneOf(...READY_MADE_NAMES);
