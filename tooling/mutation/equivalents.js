/**
 * Mutants that change nothing that anybody could see, each with the proof. They are tried like all others: one that is
 * killed, or that no longer exists, does not belong here, and fails the run.
 *
 * @typedef {{ readonly file: string, readonly from: string, readonly to: string, readonly because: string }} Equivalent
 */

/** @type {readonly Equivalent[]} */
export const equivalents = [
  ...of("src/checks/model/evaluate.ts", "only check 8 of a model without any latency is waived (judge-model.ts), and that is unknown", [
    ['waiveUnknown && status === "unknown"', "waiveUnknown"],
    ['status === "unknown"', "true"],
  ]),
  ...of("src/checks/model/evaluate.ts", "the worst is null only where the value is null too: both rest on the same n", [
    ["value === null || worst === null", "value === null"],
  ]),
  ...of("src/checks/model/evaluate.ts", "the worst is never better than the value (measures.test.ts: never as better than what was read)", [
    ["isBeyond(value, violatedWhen, limit) || isBeyond(worst, violatedWhen, limit)", "isBeyond(worst, violatedWhen, limit)"],
  ]),
  ...of("src/checks/ensemble/judge-ensemble.ts", "a shortcut: of a result and itself the worse one is that result", [["all === card", "false"]]),
  ...of("src/checks/model/expressions.ts", "a shortcut: no checks have no results either way", [["checks.length === 0", "false"]]),
  ...of("src/checks/telemetry/integrity-engine.ts", "without a boot the value is null, and -1 > 0 is as false as 0 > 0", [
    ["Math.max(0, boots.length - 1)", "boots.length - 1"],
  ]),
  ...of("src/checks/telemetry/integrity.ts", "a shortcut: of a result and itself the worse one is that result", [["all === given.card", "false"]]),
  ...of("src/checks/model/measures.ts", "the range from a rank to itself is 0; ranks that have changed places give less, which is made 0, or no value", [
    ["top <= rank", "top < rank"],
    ["top <= rank", "false"],
  ]),
  ...of("src/checks/model/measures.ts", "P10 and P90 are as far from the two ends of the sample: one is null where the other is", [
    ["low === null || high === null", "low === null"],
    ["low === null || high === null", "high === null"],
    ["low === null || high === null", "(low === null) && (high === null)"],
  ]),
  ...of("src/checks/model/measures.ts", "the upper end of P90 is never below the lower end of P10", [
    ["Math.max(0, high.high - low.low)", "high.high - low.low"],
  ]),
  ...of("src/checks/model/measures.ts", "only a prediction has a latency: there are never more of these", [
    ["Math.max(latencies.n, predictions)", "predictions"],
  ]),
  ...of("src/checks/model/measures.ts", "the condition needs a baseline's latency (eight.ts): without one it is not asked", [
    ["ms === null || before === null", "ms === null"],
  ]),
  ...of("src/checks/model/measures.ts", "ms / 0 is Infinity, which the bound turns into the same number", [["before === 0", "false"]]),
  ...of("src/judge-model.ts", "a shortcut: of a result and itself the worse one is that result", [["all === distinct", "false"]]),
  ...of("src/cards/engine-tally.ts", "a shortcut: an identity that was found to be right is right when it is looked at again", [
    ["intent.engine !== null && intent.engine !== this.#last", "intent.engine !== null"],
    ["intent.engine !== this.#last", "true"],
  ]),
  ...of("src/cards/engine-tally.ts", "a shortcut: the models of one set of weights are the same ones each time", [
    ["this.#lastWeights !== former", "true"],
  ]),
  ...of("src/cards/engine-tally.ts", "1e9 is a whole number, which rounding leaves as it is", [["weight < 1e9", "weight <= 1e9"]]),
  ...of("src/cards/scorecard.ts", "null is no known label", [["action !== null && this.#known.has(action)", "this.#known.has(action)"]]),
  ...of("src/cards/scorecard.ts", "what is no number is not within [0, 1] either", [['typeof given === "number"', "true"]]),
  ...of("src/cards/scorecard.ts", "null is greater than no time, and takes the place of null alone", [
    ["atMs !== null && (this.#newestMs === null || atMs > this.#newestMs)", "(this.#newestMs === null || atMs > this.#newestMs)"],
  ]),
  ...of("src/cards/scorecard.ts", "an equal time takes the place of its equal", [["atMs > this.#newestMs", "atMs >= this.#newestMs"]]),
  ...of("src/cards/silence.ts", "before the first stretch nothing is silent: 0 is never longer", [
    ["before !== undefined && ms > longest.ms", "ms > longest.ms"],
  ]),
  ...of("src/cards/silence.ts", "a shortcut: an event within reach of the newest stretch is covered alike by the search", [
    ["ms >= last.first", "ms > last.first"],
    ["ms >= last.first", "false"],
    ["ms <= last.last + this.#longestSilenceMs", "ms < last.last + this.#longestSilenceMs"],
    ["ms <= last.last + this.#longestSilenceMs", "false"],
    ["last.last + this.#longestSilenceMs", "last.last"],
    ["last.last + this.#longestSilenceMs", "last.last - this.#longestSilenceMs"],
  ]),
  ...of("src/cards/silence.ts", "an equal time takes the place of its equal", [["ms > last.last", "ms >= last.last"]]),
  ...of("src/cards/votes.ts", "null is no known label", [
    [
      'action === null || (this.#electorate === "voted" ? !voted : nonPrediction !== null)',
      '(this.#electorate === "voted" ? !voted : nonPrediction !== null)',
    ],
  ]),
  ...of("src/cards/votes.ts", "of equal counts either is the largest", [["count > largest", "count >= largest"]]),
  ...of("src/judge-model.ts", "with a latency check 8 is not unknown, and only what is unknown is waived (evaluate.ts)", [
    ["!context.latencyRequired && card.latencies.n === 0", "!context.latencyRequired"],
    ["card.latencies.n === 0", "true"],
  ]),
  ...of("src/cards/votes.ts", "behind the last label there are no votes", [
    ["label < this.#votes.length", "label <= this.#votes.length"],
  ]),
  ...of("src/degeneracy.ts", "a window has a label as soon as it has a confidence", [
    ["label === null || std === null", "label === null"],
    ["label === null || std === null", "std === null"],
    ["label === null || std === null", "(label === null) && (std === null)"],
  ]),
  ...of("src/checks/features/judge-features.ts", "a shortcut: of a result and itself the worse one is that result", [["all === card", "false"]]),
  ...of("src/features/manifests.ts", "null is no map", [["manifests !== null && isByModel(manifests)", "isByModel(manifests)"]]),
  ...of("src/checks/features/drift.ts", "asked only where there is a PSI, and so on both sides something", [
    ["chance !== null && chance <= LEVEL / tests", "chance <= LEVEL / tests"],
  ]),
  ...of("src/checks/features/drift.ts", "a number divided by 0 is infinite as well", [["room > 0", "room >= 0"]]),
  ...of("src/checks/features/judge-features.ts", "no two models have the same name", [['(a ?? "") < (b ?? "")', '(a ?? "") <= (b ?? "")']]),
  ...of("src/checks/features/drift.ts", "no two histograms have exactly this chance", [
    ["chance <= LEVEL / tests", "chance < LEVEL / tests"],
  ]),
  ...of("src/checks/features/drift.ts", "the PSI of no values is null as well", [
    ["reference === undefined || tally === undefined || tally.moments.n === 0", "reference === undefined || tally === undefined"],
    ["tally.moments.n === 0", "false"],
  ]),
  ...of("src/checks/features/judge-features.ts", "no limit is negative, and null is not above any such", [
    ["share === null || !isAbove(share, limit)", "!isAbove(share, limit)"],
  ]),
  ...of("src/features/feature-card.ts", "there is nothing at -1, and nothing is not after anything", [
    ["at > 0 && isAfter(this.#newest[at - 1], id, text)", "isAfter(this.#newest[at - 1], id, text)"],
    ["at > 0", "at >= 0"],
    ["at > 0", "true"],
  ]),
  ...of("src/features/feature-card.ts", "two that are equal may stand in either order", [["item.text > text", "item.text >= text"]]),
];

/**
 * @param {string} file
 * @param {string} because
 * @param {readonly (readonly [string, string])[]} changes
 */
function of(file, because, changes) {
  return changes.map(([from, to]) => ({ file, from, to, because }));
}
