import type { Cases, Dependence, LabelDependence, LabelSet } from "@qsc/contract";
import { allLabels } from "../labels.js";
import { PreviousAnswers } from "./previous-answers.js";
import { WithinCorrelation } from "./within-correlation.js";

/** A prediction with its place in the stream. */
interface Placed {
  readonly ms: number;
  readonly symbol: string | null;
  readonly label: string | null;
  /** To 4 decimals, as a whole number. */
  readonly confidence: number | null;
}

/** A prediction, and the same symbol's previous one. */
interface Pair {
  readonly symbol: string | null;
  readonly label: string | null;
  readonly confidence: number | null;
  readonly before: { readonly label: string | null; readonly confidence: number | null } | null;
}

const DECIMALS = 1e4;

/** Pairs of one model's predictions and the symbol's previous ones, one pair of each burst. */
export class DependenceTally {
  readonly #labels: LabelSet;
  readonly #previous = new PreviousAnswers();
  readonly #pairs: Pair[] = [];
  readonly #symbols = new Set<string>();
  #drawn: Pair | null = null;
  #decisions = 0;
  #observations = 0;
  #firstMs: number | null = null;
  #lastMs = 0;

  constructor(labels: LabelSet) {
    this.#labels = labels;
  }

  /** Adds the next prediction; `isDrawn` if its burst is seen through it. */
  add({ ms, symbol, label, confidence }: Placed, isDrawn: boolean): void {
    this.#decisions += 1;
    if (symbol !== null) this.#symbols.add(symbol);
    this.#firstMs ??= ms;
    this.#lastMs = ms;
    const before = this.#previous.of(symbol);
    // A symbol whose previous answer is forgotten tells nothing of dependence.
    if (isDrawn) this.#drawn = { symbol, label, confidence, before: before === "forgotten" ? null : before };
    this.#previous.add(symbol, { label, confidence });
  }

  /** Another decision of the burst was drawn. */
  drop(): void {
    this.#drawn = null;
  }

  endBurst(): void {
    if (this.#drawn === null) return;
    this.#observations += 1;
    if (this.#drawn.before !== null) this.#pairs.push(this.#drawn);
    this.#drawn = null;
  }

  dependence(): Dependence {
    this.endBurst();
    const { acting, abstaining } = this.#labels;
    const groups = allLabels({ acting, abstaining }).map((label) => [label]);
    if (abstaining.length > 1) groups.push([...abstaining]);
    return {
      decisions: this.#decisions,
      observations: this.#observations,
      spanMs: this.#firstMs === null ? 0 : this.#lastMs - this.#firstMs,
      symbols: this.#symbols.size,
      labels: groups.map((labels) => this.#ofLabels(labels)),
      equalConfidences: this.#equalConfidences(),
      confidences: this.#confidences(),
    };
  }

  #ofLabels(labels: readonly string[]): LabelDependence {
    const isOne = (label: string | null): boolean => label !== null && labels.includes(label);
    const afterThese = { cases: 0, n: 0 };
    const afterOthers = { cases: 0, n: 0 };
    const within = new WithinCorrelation();
    for (const { symbol, label, before } of this.#pairs) {
      const [was, is] = [isOne(before?.label ?? null), isOne(label)];
      const cases = was ? afterThese : afterOthers;
      cases.n += 1;
      if (is) cases.cases += 1;
      within.add(symbol, was ? 1 : 0, is ? 1 : 0);
    }
    return { labels, afterThese, afterOthers, within: within.value };
  }

  #equalConfidences(): Cases {
    const both = this.#confidencePairs();
    return { cases: both.filter(([, before, confidence]) => confidence === before).length, n: both.length };
  }

  #confidences(): Dependence["confidences"] {
    const within = new WithinCorrelation();
    for (const [symbol, before, confidence] of this.#confidencePairs())
      within.add(symbol, before / DECIMALS, confidence / DECIMALS);
    return { autocorrelation: within.corrected, n: within.n };
  }

  #confidencePairs(): readonly (readonly [symbol: string | null, before: number, confidence: number])[] {
    return this.#pairs.flatMap(({ symbol, confidence, before }) => {
      const previous = before?.confidence ?? null;
      return confidence === null || previous === null ? [] : [[symbol, previous, confidence] as const];
    });
  }
}
