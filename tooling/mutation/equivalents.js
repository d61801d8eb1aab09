/**
 * Mutants that change nothing observable, each with the proof. They are tried like all others: one that is killed, or
 * no longer exists, does not belong here and fails the run.
 *
 * @typedef {{ readonly file: string, readonly from: string, readonly to: string, readonly because: string }} Equivalent
 */

/** @type {readonly Equivalent[]} */
export const equivalents = [
  ...of("src/cards/newest-decisions.ts", "a shortcut: a label cut where it ends is the same label", [
    ["action === null || action.length <= this.#longestLabel", "action === null"],
    ["action.length <= this.#longestLabel", "action.length < this.#longestLabel"],
    ["action.length <= this.#longestLabel", "false"],
  ]),
  ...of("src/cards/newest-decisions.ts", "a shortcut: to sort what is in order changes nothing", [
    ["last !== undefined && compareIds(this.#idOf(item), this.#idOf(last)) < 0", "last !== undefined"],
    ["compareIds(this.#idOf(item), this.#idOf(last)) < 0", "compareIds(this.#idOf(item), this.#idOf(last)) < 1"],
    ["compareIds(this.#idOf(item), this.#idOf(last)) < 0", "compareIds(this.#idOf(item), this.#idOf(last)) <= 0"],
    ["compareIds(this.#idOf(item), this.#idOf(last)) < 0", "true"],
  ]),
  ...of("src/cards/newest-decisions.ts", "it is cut again whenever it is read: only how long it gets before differs", [
    ["this.#kept.length >= 2 * NEWEST_DECISIONS", "this.#kept.length <= 2 * NEWEST_DECISIONS"],
    ["this.#kept.length >= 2 * NEWEST_DECISIONS", "this.#kept.length > 2 * NEWEST_DECISIONS"],
    ["this.#kept.length >= 2 * NEWEST_DECISIONS", "false"],
    ["this.#kept.length >= 2 * NEWEST_DECISIONS", "true"],
    ["2 * NEWEST_DECISIONS", "2"],
  ]),
  ...of(
    "src/checks/model/evaluate.ts",
    "only check 8 of a model without any latency is waived (judge-model.ts), and that result is always unknown",
    [
      ['waiveUnknown && status === "unknown"', "waiveUnknown"],
      ['status === "unknown"', "true"],
    ],
  ),
  ...of("src/checks/model/evaluate.ts", "the worst is null only if the value is null too: both depend on the same n", [
    ["value === null || worst === null", "value === null"],
  ]),
  ...of(
    "src/checks/model/evaluate.ts",
    "the worst is never better than the value (measures.test.ts: never counts as better than the entries that were read)",
    [
      [
        "isBeyond(value, violatedWhen, limit) || isBeyond(worst, violatedWhen, limit)",
        "isBeyond(worst, violatedWhen, limit)",
      ],
    ],
  ),
  ...of("src/checks/ensemble/judge-ensemble.ts", "a shortcut: the worse of a result and itself is that result", [
    ["all === card", "false"],
  ]),
  ...of("src/checks/model/expressions.ts", "a shortcut: without checks there are no results either way", [
    ["checks.length === 0", "false"],
  ]),
  ...of(
    "src/checks/telemetry/integrity-engine.ts",
    "without a boot the value is null, and -1 > 0 is as false as 0 > 0",
    [["Math.max(0, boots.length - 1)", "boots.length - 1"]],
  ),
  ...of("src/checks/telemetry/integrity.ts", "a shortcut: the worse of a result and itself is that result", [
    ["all === given.card", "false"],
  ]),
  ...of(
    "src/checks/model/measures.ts",
    "the range from a rank to itself is 0; swapped ranks give less, which becomes 0, or no value",
    [
      ["top <= rank", "top < rank"],
      ["top <= rank", "false"],
    ],
  ),
  ...of(
    "src/checks/model/measures.ts",
    "P10 and P90 are equally far from the two ends of the sample: one is null exactly if the other is",
    [
      ["low === null || high === null", "low === null"],
      ["low === null || high === null", "high === null"],
      ["low === null || high === null", "(low === null) && (high === null)"],
    ],
  ),
  ...of("src/checks/model/measures.ts", "the upper end of P90 is never below the lower end of P10", [
    ["Math.max(0, high.high - low.low)", "high.high - low.low"],
  ]),
  ...of(
    "src/checks/model/measures.ts",
    "only a prediction has a latency, so there are never more latencies than predictions",
    [["Math.max(latencies.n, predictions)", "predictions"]],
  ),
  ...of(
    "src/checks/model/measures.ts",
    "the condition needs a baseline's latency or entropy (eight.ts) and is not checked without one",
    [
      ["ms === null || before === null", "ms === null"],
      ["now === null || before === null", "now === null"],
    ],
  ),
  ...of("src/checks/model/measures.ts", "ms / 0 is Infinity, which the bound turns into the same number", [
    ["before === 0", "false"],
  ]),
  ...of("src/judge-model.ts", "a shortcut: the worse of a result and itself is that result", [
    ["all === distinct", "false"],
  ]),
  ...of("src/cards/engine-tally.ts", "a shortcut: an identity that was found valid is valid when checked again", [
    ["intent.engine !== null && intent.engine !== this.#last", "intent.engine !== null"],
    ["intent.engine !== this.#last", "true"],
  ]),
  ...of("src/cards/engine-tally.ts", "a shortcut: the models of one set of weights are the same each time", [
    ["this.#lastWeights !== former", "true"],
  ]),
  ...of("src/cards/engine-tally.ts", "1e9 is a whole number, which rounding does not change", [
    ["weight < 1e9", "weight <= 1e9"],
  ]),
  ...of("src/cards/scorecard.ts", "null is not a known label", [
    ["action !== null && this.#known.has(action)", "this.#known.has(action)"],
  ]),
  ...of("src/cards/scorecard.ts", "a value that is not a number is not within [0, 1] either", [
    ['typeof given === "number"', "true"],
  ]),
  ...of("src/cards/scorecard.ts", "null is not greater than any time, and replaces only null", [
    [
      "atMs !== null && (this.#newestMs === null || atMs > this.#newestMs)",
      "(this.#newestMs === null || atMs > this.#newestMs)",
    ],
  ]),
  ...of("src/cards/scorecard.ts", "an equal time replaces an equal one", [
    ["atMs > this.#newestMs", "atMs >= this.#newestMs"],
  ]),
  ...of("src/cards/silence.ts", "before the first stretch there is no silence: 0 is never longer", [
    ["before !== undefined && ms > longest.ms", "ms > longest.ms"],
  ]),
  ...of(
    "src/cards/silence.ts",
    "a shortcut: the search covers an event within reach of the newest stretch in the same way",
    [
      ["ms >= last.first", "ms > last.first"],
      ["ms >= last.first", "false"],
      ["ms <= last.last + this.#longestSilenceMs", "ms < last.last + this.#longestSilenceMs"],
      ["ms <= last.last + this.#longestSilenceMs", "false"],
      ["last.last + this.#longestSilenceMs", "last.last"],
      ["last.last + this.#longestSilenceMs", "last.last - this.#longestSilenceMs"],
    ],
  ),
  ...of("src/cards/silence.ts", "an equal time replaces an equal one", [["ms > last.last", "ms >= last.last"]]),
  ...of("src/cards/votes.ts", "null is not a known label", [["action === null || !voted", "!voted"]]),
  ...of("src/cards/votes.ts", "with equal counts, either is the largest", [["count > largest", "count >= largest"]]),
  ...of(
    "src/judge-model.ts",
    "with a latency, check 8 is not unknown, and only unknown results are waived (evaluate.ts)",
    [
      ["!context.latencyRequired && card.latencies.n === 0", "!context.latencyRequired"],
      ["card.latencies.n === 0", "true"],
    ],
  ),
  ...of("src/cards/votes.ts", "after the last label there are no votes", [
    ["label < this.#votes.length", "label <= this.#votes.length"],
  ]),
  ...of("src/degeneracy.ts", "a window has a label as soon as it has a confidence", [
    ["label === null || std === null", "label === null"],
    ["label === null || std === null", "std === null"],
    ["label === null || std === null", "(label === null) && (std === null)"],
  ]),
  ...of("src/checks/features/judge-features.ts", "a shortcut: the worse of a result and itself is that result", [
    ["all === card", "false"],
  ]),
  ...of("src/features/manifests.ts", "null is not a map", [
    ["manifests !== null && isByModel(manifests)", "isByModel(manifests)"],
  ]),
  ...of("src/checks/features/drift.ts", "only checked if there is a PSI, so both sides have values", [
    ["chance !== null && chance <= LEVEL / tests", "chance <= LEVEL / tests"],
  ]),
  ...of("src/checks/features/drift.ts", "a number divided by 0 is infinite too", [["room > 0", "room >= 0"]]),
  ...of("src/checks/features/feature-stats.ts", "no two models have the same name", [
    ['(a ?? "") < (b ?? "")', '(a ?? "") <= (b ?? "")'],
  ]),
  ...of("src/checks/features/drift.ts", "no two histograms have exactly this chance", [
    ["chance <= LEVEL / tests", "chance < LEVEL / tests"],
  ]),
  ...of("src/checks/features/drift.ts", "the PSI of no values is null too", [
    [
      "reference === undefined || tally === undefined || tally.moments.n === 0",
      "reference === undefined || tally === undefined",
    ],
    ["tally.moments.n === 0", "false"],
  ]),
  ...of("src/features/feature-card.ts", "there is nothing at -1, and nothing is not after anything", [
    ["at > 0 && isAfter(this.#newest[at - 1], event)", "isAfter(this.#newest[at - 1], event)"],
    ["at > 0", "at >= 0"],
    ["at > 0", "true"],
  ]),
  ...of("src/features/feature-card.ts", "equal ones may be in either order", [
    ["wholeOf(item) > wholeOf(event)", "wholeOf(item) >= wholeOf(event)"],
  ]),
  ...of("src/checks/roles.ts", "no check has the ID undefined: this part is only for the compiler", [
    ["impliedBy === undefined || !violated.has(impliedBy)", "!violated.has(impliedBy)"],
  ]),
  ...of("src/checks/required.ts", "no policy can require undefined: this part is only for the compiler", [
    ["row.id === id && row.requirement !== undefined", "row.id === id"],
  ]),
  ...of("src/policy/limits.ts", "the key of a row is a limit's: this part is only for the compiler", [
    ["alias !== undefined && isLimitKey(key)", "alias !== undefined"],
  ]),
  ...of("src/policy/limits.ts", "a unit that is undefined reads as one that is missing", [
    ["unit && { unit }", "{ unit }"],
  ]),
];

/**
 * @param {string} file
 * @param {string} because
 * @param {readonly (readonly [string, string])[]} changes
 */
function of(file, because, changes) {
  return changes.map(([from, to]) => ({ file, from, to, because }));
}
