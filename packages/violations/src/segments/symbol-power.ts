import { rules, SEGMENT_FAULTS, type LabelSet, type SegmentFault, type SymbolPowerRow } from "@qsc/contract";
import { allLabels } from "../labels.js";
import type { Observation } from "../sequential/observation.js";
import { FALSE_ALARM_BUDGET, sequentialOptionsRule, type SequentialOptions } from "../sequential/sequential-monitor.js";
import { HEALTHY, healthyAnswer, MOST_OBSERVATIONS } from "../sequential/simulated.js";
import { allowancesOf } from "./allowances.js";
import { baselineRisk, segmentBudget, segmentThreshold } from "./budget.js";
import { SegmentTest } from "./segment-test.js";

/** What the test of one symbol can see of a model, in decisions of that symbol. */
export type SymbolPower = Omit<SymbolPowerRow, "minutes">;

/** A fault at its worst: every answer of the symbol is faulty. */
interface Worst {
  readonly label: string | null;
  readonly answer: (n: number) => Observation;
}

/** Of each fault the groups of which that found last counts: limits of acting and of abstaining labels are far apart. */
const FAULTS: Readonly<Record<SegmentFault, (labels: LabelSet) => readonly (readonly Worst[])[]>> = {
  "one label": (labels) =>
    [labels.acting, labels.abstaining].map((group) =>
      group.map((label) => ({ label, answer: (n) => ({ ...healthyAnswer(n, allLabels(labels)), label }) })),
    ),
  "one confidence": (labels) => [
    [{ label: null, answer: (n) => ({ ...healthyAnswer(n, allLabels(labels)), confidence: 0.5 }) }],
  ],
  "no answer": () => [
    [{ label: null, answer: () => ({ predicts: false, label: null, confidence: null, latencyMs: null }) }],
  ],
};

/**
 * What the tests of each symbol can see of a model in a watch with these options, computed beforehand.
 *
 * @param symbols how many the stream has: beyond 32, each has a smaller part of the budget. Default: at most 32
 * @param most decisions of the symbol after which a fault counts as not found, at most 10,000
 * @throws QscError `invalid_option`
 */
export function powerOfSymbols(
  options: SequentialOptions,
  model: string,
  symbols = 1,
  most: number = MOST_OBSERVATIONS,
): readonly SymbolPower[] {
  sequentialOptionsRule(options, "options");
  rules.someText(model, "model");
  rules.count(symbols, "symbols");
  rules.count(most, "most");
  const { policy, baselines, models, alpha = FALSE_ALARM_BUDGET } = options;
  const share = segmentBudget(alpha) / new Set(models).size;
  const allowances = allowancesOf(policy, baselines?.get(model)?.dependence, baselineRisk(share));
  const setup = { allowances, threshold: segmentThreshold(share, Math.max(0, symbols - 1)) };
  const { labels } = policy;
  const untilFound = ({ answer }: Worst, healthy: number): number | null =>
    decisionsUntil(setup, allLabels(labels), { answer, healthy, most });
  return SEGMENT_FAULTS.flatMap((fault) =>
    FAULTS[fault](labels).flatMap((group) => {
      const found = group.map((worst): SymbolPower => {
        return { fault, label: worst.label, decisions: untilFound(worst, 0), late: untilFound(worst, HEALTHY) };
      });
      return found.toSorted((one, other) => (other.late ?? Infinity) - (one.late ?? Infinity)).slice(0, 1);
    }),
  );
}

interface Run {
  readonly answer: (n: number) => Observation;
  /** Healthy answers before the fault. */
  readonly healthy: number;
  readonly most: number;
}

function decisionsUntil(
  setup: ConstructorParameters<typeof SegmentTest>[0],
  labels: readonly string[],
  { answer, healthy, most }: Run,
): number | null {
  const test = new SegmentTest(setup);
  for (let n = 0; n < healthy; n += 1) test.take(healthyAnswer(n, labels));
  for (let n = 1; n <= Math.min(most, MOST_OBSERVATIONS); n += 1) if (test.take(answer(n))) return n;
  return null;
}
