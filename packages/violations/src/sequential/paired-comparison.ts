import { rules, type LabelSet } from "@qsc/contract";
import { LabelCounts, meanLogEValue, PairedEProcess, type ObservedPairs } from "@qsc/stats";
import { Bursts } from "../dependence/bursts.js";
import type { PairedAnswers } from "../dependence/recent-decisions.js";
import { allLabels } from "../labels.js";
import { labelsRule } from "../policy/labels-rule.js";
import { FALSE_ALARM_BUDGET } from "./sequential-monitor.js";

/** How often two models answered with one label, as shares of their common decisions; null without these. */
export interface LabelShares {
  readonly label: string;
  readonly first: number | null;
  readonly second: number | null;
  /** How often both did in the same decision. */
  readonly both: number | null;
}

/** How two models' labels on the same decisions compare. */
export interface PairedComparison {
  /** Decisions in which both answered with a known label. */
  readonly decisions: number;
  /** Those among them that the evidence is of: both had answered in the symbol's decision before. */
  readonly compared: number;
  /**
   * How many of the compared decisions followed on a label that one of the two models alone had given, and could not be
   * set off against one of the other: the largest share of any label; null if none was compared. The evidence is not of
   * these, so a difference as large as this may hide.
   */
  readonly unmatched: number | null;
  /** The share of decisions with the same label; null without decisions. */
  readonly agreement: number | null;
  /** The share of each label over the decisions; null without decisions. */
  readonly labels: readonly LabelShares[];
  /** Decimal logarithm of the largest evidence so far that the models differ. */
  readonly log10: number;
  /** The evidence is conclusive from this decimal logarithm on. */
  readonly threshold: number;
  /** Decisions at which the evidence became conclusive; null while it is not. */
  readonly since: number | null;
  /** The label that most of the evidence is about, and whether the first model gives it more often; null without evidence. */
  readonly strongest: { readonly label: string; readonly more: boolean } | null;
}

const { anyText, finite, nullable, ruleOf, shaped } = rules;
const answersRule = ruleOf(
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
  "a list of answers",
);
const answerRule = shaped({
  ms: finite,
  symbol: nullable(anyText),
  first: nullable(anyText),
  second: nullable(anyText),
});

type Labels = readonly [first: string, second: string];

/** The labels of one decision, and those of the same symbol's decision before. */
interface Pair {
  readonly before: Labels;
  readonly now: Labels;
}

/**
 * Compares two models on the same decisions, given in order: whether one of them answers some label more often. Each
 * label has a `PairedEProcess`, and the evidence is the mean of theirs, so its guarantee is theirs: if both models
 * persist alike, it is conclusive with probability at most 1 %, ever. A label persists by the symbol's own answer
 * before; the symbols of a burst, which one market moves at once, make one bet. Memory grows with labels and symbols alone.
 * @throws QscError `invalid_option` for labels or answers that are not
 */
export function comparePaired(answers: Iterable<PairedAnswers>, labelSet: LabelSet): PairedComparison {
  labelsRule(labelSet, "labelSet");
  answersRule(answers, "answers");
  const comparison = new Comparison(allLabels(labelSet));
  for (const answer of answers) {
    answerRule(answer, "an answer");
    comparison.add(answer);
  }
  return comparison.result();
}

/** What speaks for a difference between the models in one label. */
interface LabelEvidence {
  readonly process: PairedEProcess;
  /** After how many more of the compared decisions the first model alone had given the label than the second. */
  excess: number;
}

class Comparison {
  readonly #labels: ReadonlyMap<string, LabelEvidence>;
  readonly #bursts = new Bursts();
  readonly #before = new Map<string | null, Labels>();
  /** Of the burst that is under way. */
  #pairs: Pair[] = [];
  readonly #first = new LabelCounts();
  readonly #second = new LabelCounts();
  readonly #both = new LabelCounts();
  #compared = 0;
  #logValue = 0;
  #since: number | null = null;
  #strongest: PairedComparison["strongest"] = null;

  constructor(labels: readonly string[]) {
    this.#labels = new Map(labels.map((label) => [label, { process: new PairedEProcess(), excess: 0 }]));
  }

  add({ ms, symbol, first, second }: PairedAnswers): void {
    if (this.#bursts.add({ ms, symbol }).begins) this.#endBurst();
    const before = this.#before.get(symbol);
    // What each answers next may depend on an answer that the other did not give.
    this.#before.delete(symbol);
    if (first === null || second === null || !this.#labels.has(first) || !this.#labels.has(second)) return;
    this.#first.add(first);
    this.#second.add(second);
    if (first === second) this.#both.add(first);
    const now: Labels = [first, second];
    this.#before.set(symbol, now);
    if (before !== undefined) this.#pairs.push({ before, now });
  }

  result(): PairedComparison {
    this.#endBurst();
    const n = this.#first.total;
    const share = (count: number): number | null => (n === 0 ? null : count / n);
    return {
      decisions: n,
      compared: this.#compared,
      unmatched:
        this.#compared === 0
          ? null
          : Math.max(...[...this.#labels.values()].map(({ excess }) => Math.abs(excess))) / this.#compared,
      agreement: share(this.#both.total),
      labels: [...this.#labels.keys()].map((label) => ({
        label,
        first: share(this.#first.count(label)),
        second: share(this.#second.count(label)),
        both: share(this.#both.count(label)),
      })),
      log10: this.#logValue / Math.LN10,
      threshold: -Math.log10(FALSE_ALARM_BUDGET),
      since: this.#since,
      strongest: this.#strongest,
    };
  }

  #endBurst(): void {
    if (this.#pairs.length === 0) return;
    for (const [label, evidence] of this.#labels) {
      const observed = observedOf(label, this.#pairs);
      evidence.process.add(observed);
      evidence.excess += observed.first.n - observed.second.n;
    }
    this.#compared += this.#pairs.length;
    this.#pairs = [];
    this.#look();
  }

  /** The evidence may be looked at after each burst, and the largest counts: that is what its guarantee is about. */
  #look(): void {
    const found = [...this.#labels].flatMap(([label, { process }]) => {
      const { more, less } = process.logValues;
      return [
        { label, more: true, log: more },
        { label, more: false, log: less },
      ];
    });
    const logValue = meanLogEValue(found.map(({ log }) => log));
    if (logValue === null || logValue <= this.#logValue) return;
    this.#logValue = logValue;
    if (logValue >= -Math.log(FALSE_ALARM_BUDGET)) this.#since ??= this.#first.total;
    const [strongest] = found.sort((a, b) => b.log - a.log);
    if (strongest !== undefined) this.#strongest = { label: strongest.label, more: strongest.more };
  }
}

/** The pairs of a burst, by whether each model gave the label before. */
function observedOf(label: string, pairs: readonly Pair[]): ObservedPairs {
  const groups = { alike: { n: 0, sum: 0 }, first: { n: 0, sum: 0 }, second: { n: 0, sum: 0 } };
  for (const { before, now } of pairs) {
    const [wasFirst, wasSecond] = [before[0] === label, before[1] === label];
    const group = groups[wasFirst === wasSecond ? "alike" : wasFirst ? "first" : "second"];
    group.n += 1;
    group.sum += Number(now[0] === label) - Number(now[1] === label);
  }
  return groups;
}
