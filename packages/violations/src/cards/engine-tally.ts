import {
  weightsContradiction,
  canonicalJson,
  invalidOption,
  rules,
  type EngineIdentity,
  type Intent,
} from "@qsc/contract";
import { KindCounter, type FaultsState } from "./kind-counter.js";
import { WeightSpread, type SpreadState } from "./weight-spread.js";

/** Everything that an `EngineTally` has counted, as plain data. */
export interface EngineState {
  readonly builds: FaultsState;
  readonly boots: FaultsState;
  readonly weights: FaultsState;
  readonly contracts: FaultsState;
  readonly spread: SpreadState;
  readonly weighted: readonly string[];
  readonly contradictions: FaultsState;
}

const { anyText, atLeastZero, mapOf, nullable, shaped } = rules;
const engineRule = shaped({
  build: anyText,
  bootId: anyText,
  weights: mapOf(anyText, atLeastZero),
  canary: nullable(shaped({ model: anyText, weight: atLeastZero })),
});

/** The weights of identities already seen, as text: a watch judges the same events again and again. */
const WEIGHTS = new WeakMap<EngineIdentity, string>();

/** What the judged events say about the processes that wrote them. */
export class EngineTally {
  readonly builds: KindCounter = new KindCounter();
  readonly boots: KindCounter = new KindCounter();
  /** Weights to 6 decimals with their canary, as canonical JSON, for display. */
  readonly weights: KindCounter = new KindCounter();
  /** How far the sets of weights are apart, for judging. */
  readonly spread: WeightSpread = new WeightSpread();
  /** Events by contract version. */
  readonly contracts: KindCounter = new KindCounter();
  /** Models that the engine gives a weight. */
  readonly weighted: Set<string> = new Set();
  /** Contradictions between the canary and the weights published with it. */
  readonly contradictions: KindCounter = new KindCounter();
  /**
   * The last identity and its weights as text: a reader returns the same object as long as the engine reports the
   * same.
   */
  #last: EngineIdentity | null = null;
  #lastWeights = "";
  #lastContradiction: string | null = null;

  add(intent: Intent): void {
    if (intent.engine !== null && intent.engine !== this.#last) engineRule(intent.engine, "intent.engine");
    const contract: number = intent.contract;
    if (contract !== 1 && contract !== 2) throw invalidOption("intent.contract", intent.contract, "1 or 2");
    this.contracts.add(String(intent.contract), intent.id);
    if (intent.engine === null) return;
    this.builds.add(intent.engine.build, intent.id);
    this.boots.add(intent.engine.bootId, intent.id);
    if (intent.engine !== this.#last) this.#meet(intent.engine);
    this.weights.add(this.#lastWeights, intent.id);
    if (this.#lastContradiction !== null) this.contradictions.add(this.#lastContradiction, intent.id);
  }

  #meet(engine: EngineIdentity): void {
    const former = this.#lastWeights;
    this.#last = engine;
    this.#lastWeights = weightsOf(engine);
    this.#lastContradiction = weightsContradiction(engine);
    this.spread.add(engine);
    if (this.#lastWeights !== former) for (const model of engine.weights.keys()) this.weighted.add(model);
  }

  state(): EngineState {
    const { builds, boots, weights, contracts, spread, weighted, contradictions } = this;
    return {
      builds: builds.state(),
      boots: boots.state(),
      weights: weights.state(),
      contracts: contracts.state(),
      spread: spread.state(),
      weighted: [...weighted],
      contradictions: contradictions.state(),
    };
  }

  /** Adds the counts of another tally. */
  take({ builds, boots, weights, contracts, spread, weighted, contradictions }: EngineState): void {
    this.builds.take(builds);
    this.boots.take(boots);
    this.weights.take(weights);
    this.contracts.take(contracts);
    this.spread.take(spread);
    for (const model of weighted) this.weighted.add(model);
    this.contradictions.take(contradictions);
  }

  merge(other: EngineTally): void {
    this.take(other.state());
  }

  /** Whether every kind has its own count. */
  get isExact(): boolean {
    return [this.builds, this.boots, this.weights, this.contracts, this.contradictions].every(({ isExact }) => isExact);
  }

  /** Whether every judged event makes the promises of contract version 2. */
  get allVersion2(): boolean {
    const versions = this.contracts.list();
    return versions.length === 1 && versions[0]?.what === "2";
  }
}

function weightsOf(engine: EngineIdentity): string {
  const known = WEIGHTS.get(engine);
  if (known !== undefined) return known;
  const { weights, canary } = engine;
  const text = canonicalJson({
    weights: Object.fromEntries([...weights].map(([model, weight]) => [model, rounded(weight)])),
    canary: canary === null ? null : { ...canary, weight: rounded(canary.weight) },
  });
  WEIGHTS.set(engine, text);
  return text;
}

/** To 6 decimals: two weights with the same text are equal within the tolerance. */
function rounded(weight: number): number {
  return weight < 1e9 ? Math.round(weight * 1e6) / 1e6 : weight;
}
