import type { EvidenceFinding, ModelBaseline, Policy } from "@qsc/contract";
import { meanEvidence } from "@qsc/stats";
import { ConfidenceMemory, type MemoryState } from "./confidence-memory.js";
import type { Observation } from "./observation.js";
import { CHECKS } from "../checks/model/eight.js";
import { betsOn, budgetOf } from "./bets.js";
import type { EvidenceTest, TestState } from "./tests.js";

/** All that is known of a model, as plain JSON. */
export interface ModelEvidenceState {
  readonly model: string;
  readonly n: number;
  readonly memory: MemoryState;
  /** In the order of the table. */
  readonly checks: readonly { readonly check: string; readonly since: number | null; readonly tests: readonly { readonly key: string; readonly state: TestState }[] }[];
}

/** The part of a check's budget that bounds taken from the baseline may fail with. */
const BASELINE_PART = 0.1;

interface CheckEvidence {
  readonly check: string;
  readonly tests: readonly EvidenceTest[];
  /** Natural logarithm. */
  readonly threshold: number;
  since: number | null;
}

/** The evidence against one model. Its memory and the cost of an answer do not grow. */
export class ModelEvidence {
  readonly model: string;
  readonly #checks: readonly CheckEvidence[];
  #memory = new ConfidenceMemory();
  #n = 0;

  /** @param alpha the probability of a false alarm, of all checks together */
  constructor(model: string, policy: Policy, baseline: ModelBaseline | null, alpha: number) {
    this.model = model;
    this.#checks = CHECKS.map((check) => {
      const budget = budgetOf(check, alpha);
      const setting = { policy, baseline, risk: budget * BASELINE_PART };
      const threshold = -Math.log(budget * (1 - BASELINE_PART));
      return { check: check.id, tests: betsOn(check, setting), threshold, since: null };
    }).filter(({ tests }) => tests.length > 0);
  }

  /** Names of everything that is tested: a state is of these and of no others. */
  keys(): readonly (readonly [check: string, tests: readonly string[]])[] {
    return this.#checks.map(({ check, tests }) => [check, tests.map(({ key }) => key)]);
  }

  /** Takes the next answer; whether something has become conclusive by it. */
  take(observation: Observation): boolean {
    this.#n += 1;
    let isNew = false;
    for (const check of this.#checks) {
      let isLarge = false;
      for (const test of check.tests) {
        test.take(observation, this.#memory);
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

  state(): ModelEvidenceState {
    const checks = this.#checks.map(({ check, since, tests }) => ({ check, since, tests: tests.map((test) => ({ key: test.key, state: test.state() })) }));
    return { model: this.model, n: this.#n, memory: this.#memory.state(), checks };
  }

  /** Goes on from a state of the same tests. @throws StatsError, TypeError for one that is not as it was written */
  restore({ model, n, memory, checks }: ModelEvidenceState): void {
    if (model !== this.model || checks.length !== this.#checks.length || !isCount(n)) throw new TypeError("of another model");
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
  return meanEvidence(tests.map(({ logValue }) => logValue)) ?? 0;
}
