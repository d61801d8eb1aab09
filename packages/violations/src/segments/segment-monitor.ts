import {
  rules,
  type EvidenceFinding,
  type ModelBaseline,
  type ModelSegments,
  type Policy,
  type SegmentRow,
} from "@qsc/contract";
import { SEGMENT_COLLAPSE } from "../checks/model/rows.js";
import { allLabels } from "../labels.js";
import type { Observation } from "../sequential/observation.js";
import { allowancesOf } from "./allowances.js";
import { baselineRisk, MOST_SEGMENTS, segmentThreshold } from "./budget.js";
import { segmentRule, type SegmentState } from "./segment-state.js";
import { SegmentTest } from "./segment-test.js";

/** What segments are tested of. */
export interface SegmentOptions {
  readonly policy: Pick<Policy, "limits" | "labels" | "segments">;
  readonly models: readonly string[];
  /** How each model's answers depended on those before, where that is known. */
  readonly dependence: (model: string) => ModelBaseline["dependence"];
  /** The probability that any segment of any model is ever called dead, if none is. */
  readonly alpha: number;
}

/** The state of a `SegmentMonitor`, as plain JSON. */
export interface SegmentsState {
  /** In the order in which the stream named them. */
  readonly symbols: readonly string[];
  readonly withoutSymbol: number;
  readonly further: number;
  /** Of each model, each symbol's. */
  readonly models: readonly (readonly SegmentState[])[];
}

const { anyText, count, listOf, shaped } = rules;
const stateRule = shaped({
  symbols: listOf(anyText),
  withoutSymbol: count,
  further: count,
  models: listOf(listOf(segmentRule)),
});

/** A frozen answer that takes more decisions than this counts as not found. */
const MOST_DECISIONS = 10_000;

interface Model {
  readonly name: string;
  readonly setupOf: (index: number) => ConstructorParameters<typeof SegmentTest>[0];
  readonly tests: SegmentTest[];
}

/**
 * Tests each model's answers symbol by symbol: of the first 256 symbols that the stream names. Decisions of further
 * symbols, and those without one, are counted.
 *
 * Guarantee: as long as every symbol's answers keep what `allowancesOf` allows, any segment of any model is ever called
 * dead with probability at most `alpha`: that of a `SegmentTest`, over models and segments (Bonferroni), however these
 * depend on each other, however long the stream and however often one looks.
 *
 * Assumption: a symbol's labels and confidences persist as much as the baseline measured over all symbols, and at most
 * by 0.8, or by 0.8 where nothing is measured. A symbol that persists more than the others, and leans to one label nearly
 * as far as the limit, is outside; so is a model that is sound and persists by more than 0.8.
 *
 * Time of a decision is O(models), memory O(models x 256 x labels).
 */
export class SegmentMonitor {
  readonly #policy: SegmentOptions["policy"];
  readonly #models: readonly Model[];
  readonly #symbols = new Map<string, number>();
  #withoutSymbol = 0;
  #further = 0;

  constructor({ policy, models, dependence, alpha }: SegmentOptions) {
    this.#policy = policy;
    const modelAlpha = alpha / Math.max(1, models.length);
    this.#models = models.map((name) => {
      const allowances = allowancesOf(policy, dependence(name), baselineRisk(modelAlpha));
      const setupOf: Model["setupOf"] = (index) => ({ allowances, threshold: segmentThreshold(modelAlpha, index) });
      return { name, setupOf, tests: [] };
    });
  }

  /**
   * Takes the answers to the next decision, one of each model in their order.
   * @returns whether a model has become dead for the symbol by it
   */
  take(symbol: string | null, observations: readonly Observation[]): boolean {
    if (symbol === null) {
      this.#withoutSymbol += 1;
      return false;
    }
    const index = this.#indexOf(symbol);
    if (index === null) {
      this.#further += 1;
      return false;
    }
    let isNew = false;
    for (const [at, { tests }] of this.#models.entries()) {
      const [observation, test] = [observations[at], tests[index]];
      if (observation !== undefined && test !== undefined) isNew = test.take(observation) || isNew;
    }
    return isNew;
  }

  /** Of each model the first symbol that it was called dead for; until then, the one with the strongest evidence. */
  findings(): readonly EvidenceFinding[] {
    const symbols = [...this.#symbols.keys()];
    return this.#models.map(({ name, tests, setupOf }) => {
      const part = (index: number): number => (tests[index]?.logValue ?? 0) - setupOf(index).threshold;
      const dead = tests.findIndex(({ since }) => since !== null);
      const strongest = tests.reduce((most, _, index) => (part(index) > part(most) ? index : most), 0);
      const index = dead === -1 ? strongest : dead;
      const test = tests[index];
      return {
        model: name,
        check: SEGMENT_COLLAPSE.id,
        symbol: symbols[index] ?? null,
        log10: (test?.logValue ?? 0) / Math.LN10,
        threshold: setupOf(index).threshold / Math.LN10,
        conclusive: dead !== -1,
        n: test?.decisions ?? 0,
        since: test?.since ?? null,
      };
    });
  }

  /**
   * What is known of each model.
   * @param unread entries that could not be read, each of which could be a decision of any symbol
   */
  segments(unread = 0): ReadonlyMap<string, ModelSegments> {
    return new Map(this.#models.map((model) => [model.name, this.#segmentsOf(model, unread)]));
  }

  state(): SegmentsState {
    return {
      symbols: [...this.#symbols.keys()],
      withoutSymbol: this.#withoutSymbol,
      further: this.#further,
      models: this.#models.map(({ tests }) => tests.map((test) => test.state())),
    };
  }

  /** Continues from a state of the same models. @throws QscError, StatsError, TypeError for one that is not */
  restore(state: SegmentsState): void {
    stateRule(state, "segments");
    const { symbols, withoutSymbol, further, models } = state;
    const isWhole = models.length === this.#models.length && models.every((each) => each.length === symbols.length);
    if (!isWhole || symbols.length > MOST_SEGMENTS || new Set(symbols).size !== symbols.length)
      throw new TypeError("segments of other models");
    this.#symbols.clear();
    for (const [index, symbol] of symbols.entries()) this.#symbols.set(symbol, index);
    for (const [at, { setupOf, tests }] of this.#models.entries()) {
      const restored = models[at]?.map((each, index) => SegmentTest.from(setupOf(index), each)) ?? [];
      tests.splice(0, tests.length, ...restored);
    }
    this.#withoutSymbol = withoutSymbol;
    this.#further = further;
  }

  #indexOf(symbol: string): number | null {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const index = this.#symbols.size;
    if (index >= MOST_SEGMENTS) return null;
    this.#symbols.set(symbol, index);
    for (const { setupOf, tests } of this.#models) tests.push(new SegmentTest(setupOf(index)));
    return index;
  }

  #segmentsOf({ tests, setupOf }: Model, unread: number): ModelSegments {
    const neededOf = (index: number): number | null => SegmentTest.decisionsUntilFrozen(setupOf(index), MOST_DECISIONS);
    const needed = neededOf(0);
    // Symbols share one of two thresholds.
    const neededOfLast = tests.length === 0 ? needed : neededOf(tests.length - 1);
    const rows = [...this.#symbols].flatMap(([symbol, index]): SegmentRow[] => {
      const test = tests[index];
      if (test === undefined) return [];
      const { threshold } = setupOf(index);
      const isFirst = threshold === setupOf(0).threshold;
      return [rowOf(symbol, test, { threshold, needed: isFirst ? needed : neededOfLast, unread }, this.#policy.labels)];
    });
    return {
      by: "symbol",
      decides: this.#policy.segments !== undefined,
      rows: rows.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      needed,
      withoutSymbol: this.#withoutSymbol,
      further: this.#further,
    };
  }
}

interface RowContext {
  readonly threshold: number;
  readonly needed: number | null;
  readonly unread: number;
}

function rowOf(
  symbol: string,
  test: SegmentTest,
  { threshold, needed, unread }: RowContext,
  labels: Policy["labels"],
): SegmentRow {
  const open = openOf(test, needed, unread);
  return {
    symbol,
    decisions: test.decisions,
    predictions: test.predictions,
    shares: Object.fromEntries(allLabels(labels).map((label) => [label, test.shareOf(label)])),
    unchanged: test.unchanged,
    status: test.since !== null ? "violation" : open === null ? "pass" : "unknown",
    open,
    fault: test.fault,
    log10: test.logValue / Math.LN10,
    threshold: threshold / Math.LN10,
    since: test.since,
  };
}

/** A symbol with so few decisions that not even one frozen answer would be proven is neither good nor bad. */
function openOf(test: SegmentTest, needed: number | null, unread: number): SegmentRow["open"] {
  if (test.since !== null) return null;
  if (unread > 0 && test.couldBeDeadAfter(Math.min(unread, MOST_DECISIONS))) return "unread entries";
  return needed === null || test.decisions < needed ? "too few decisions" : null;
}
