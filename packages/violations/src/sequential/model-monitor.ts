import { rules, type EvidenceFinding, type ModelBaseline, type Policy, type Rule } from "@qsc/contract";
import { meanLogEValue } from "@qsc/stats";
import { ConfidenceMemory, type MemoryState } from "./confidence-memory.js";
import { PreviousAnswers, type Previous, type PreviousState } from "../dependence/previous-answers.js";
import { toFourDecimals, type Observation } from "./observation.js";
import { CHECKS } from "../checks/model/eight.js";
import { betsOn, contextOf, thresholdOf } from "./bets.js";
import type { SequentialTest, TestState } from "./sequential-test.js";

/** All that is known of a model, as plain JSON. */
export interface ModelMonitorState {
  readonly model: string;
  readonly n: number;
  readonly memory: MemoryState;
  /** For each symbol. */
  readonly previous: PreviousState;
  /** The answer drawn of the newest burst, which is not over yet; null if it has been tested. */
  readonly drawn: { readonly observation: Observation; readonly previous: Previous } | null;
  /** In the order of the table. */
  readonly checks: readonly {
    readonly check: string;
    readonly since: number | null;
    readonly tests: readonly { readonly key: string; readonly state: TestState }[];
  }[];
}

const { anyText, atLeastZero, count, flag, nullable, numberWithin, shaped } = rules;

const drawnRule: Rule = nullable(
  shaped({
    observation: shaped({
      predicts: flag,
      label: nullable(anyText),
      confidence: nullable(numberWithin(0, 1)),
      latencyMs: nullable(atLeastZero),
    }),
    previous: (value, name) => {
      if (value === "forgotten") return;
      nullable(shaped({ label: nullable(anyText), confidence: nullable(count) }))(value, name);
    },
  }),
);

interface CheckEvidence {
  readonly check: string;
  readonly tests: readonly SequentialTest[];
  /** Natural logarithm. */
  readonly threshold: number;
  since: number | null;
}

/** The evidence against one model. Its memory and the cost of an answer do not grow. */
export class ModelMonitor {
  readonly model: string;
  readonly #checks: readonly CheckEvidence[];
  #memory = new ConfidenceMemory();
  #previous = new PreviousAnswers();
  #drawn: ModelMonitorState["drawn"] = null;
  #n = 0;

  /** @param alpha the probability of a false alarm, of all checks together */
  constructor(model: string, policy: Policy, baseline: ModelBaseline | null, alpha: number) {
    this.model = model;
    this.#checks = CHECKS.map((check) => ({
      check: check.id,
      tests: betsOn(check, contextOf(check, policy, baseline, alpha)),
      threshold: thresholdOf(check, alpha),
      since: null,
    })).filter(({ tests }) => tests.length > 0);
  }

  /** Answers that were tested so far. */
  get observations(): number {
    return this.#n;
  }

  /** Names of everything that is tested: a state is of these and of no others. */
  keys(): readonly (readonly [check: string, tests: readonly string[]])[] {
    return this.#checks.map(({ check, tests }) => [check, tests.map(({ key }) => key)]);
  }

  /** Takes the answer to the next decision of a symbol; `isDrawn` if its burst is to be seen through it. */
  draw(observation: Observation, symbol: string | null, isDrawn: boolean): void {
    if (isDrawn) this.#drawn = { observation, previous: this.#previous.of(symbol) };
    const { predicts, label, confidence } = observation;
    if (predicts)
      this.#previous.add(symbol, { label, confidence: confidence === null ? null : toFourDecimals(confidence) });
  }

  /** Tests the answer that was drawn of a burst; whether something has become conclusive by it. */
  endBurst(): boolean {
    if (this.#drawn === null) return false;
    const { observation, previous } = this.#drawn;
    this.#drawn = null;
    return this.#test(observation, previous);
  }

  #test(observation: Observation, previous: Previous): boolean {
    this.#n += 1;
    let isNew = false;
    for (const check of this.#checks) {
      let isLarge = false;
      for (const test of check.tests) {
        test.take(observation, this.#memory, previous);
        // A mean is no larger than the largest: most answers need no more than a glance.
        if (check.since === null && test.reaches(check.threshold)) isLarge = true;
      }
      if (!isLarge || logOf(check) < check.threshold) continue;
      check.since = this.#n;
      isNew = true;
    }
    if (observation.confidence !== null) this.#memory.add(observation.confidence);
    return isNew;
  }

  findings(): readonly EvidenceFinding[] {
    return this.#checks.map((check) => ({
      model: this.model,
      check: check.check,
      log10: logOf(check) / Math.LN10,
      threshold: check.threshold / Math.LN10,
      conclusive: check.since !== null,
      n: this.#n,
      since: check.since,
    }));
  }

  state(): ModelMonitorState {
    const checks = this.#checks.map(({ check, since, tests }) => ({
      check,
      since,
      tests: tests.map((test) => ({ key: test.key, state: test.state() })),
    }));
    return {
      model: this.model,
      n: this.#n,
      memory: this.#memory.state(),
      previous: this.#previous.state(),
      drawn: this.#drawn,
      checks,
    };
  }

  /** Goes on from a state of the same tests. @throws StatsError, TypeError for one that is not as it was written */
  restore({ model, n, memory, previous, drawn, checks }: ModelMonitorState): void {
    if (model !== this.model || checks.length !== this.#checks.length || !isCount(n))
      throw new TypeError("of another model");
    for (const [at, { check, since, tests }] of checks.entries()) {
      const own = this.#checks[at];
      if (own?.check !== check || tests.length !== own.tests.length) throw new TypeError(`another check than ${check}`);
      if (since !== null && !isCount(since)) throw new TypeError(`${check} since ${String(since)}`);
      for (const [index, { key, state }] of tests.entries()) {
        const test = own.tests[index];
        if (test?.key !== key) throw new TypeError(`another test than ${key}`);
        test.restore(state);
      }
      own.since = since;
    }
    this.#memory = ConfidenceMemory.from(memory);
    this.#previous = PreviousAnswers.from(previous);
    drawnRule(drawn, "drawn");
    this.#drawn = drawn;
    this.#n = n;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The mean of what the tests of a check found: evidence that it is violated in one way or another. */
function logOf({ tests }: CheckEvidence): number {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only.logValue;
  return meanLogEValue(tests.map(({ logValue }) => logValue)) ?? 0;
}
