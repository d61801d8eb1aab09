import { sameWeights, isSameWeight, type EngineIdentity, type WeightsByModel } from "@qsc/contract";

/** The least and the greatest weight of one model. */
type Range = readonly [low: number, high: number];

/** Everything that a `WeightSpread` has counted, as plain data. */
export interface SpreadState {
  readonly models: readonly (readonly [model: string, range: Range])[];
  readonly canaries: readonly (readonly [model: string | null, range: Range])[];
  readonly any: boolean;
}

/**
 * How far the sets of weights that an engine reports are apart. Sets that differ only by rounding are the same set,
 * which texts cannot show. So this keeps the least and the greatest weight of each model, which merge in any order.
 */
export class WeightSpread {
  readonly #models = new Map<string, Range>();
  /** By canary; null when there was none. */
  readonly #canaries = new Map<string | null, Range>();
  #any = false;

  add({ weights, canary }: Pick<EngineIdentity, "weights" | "canary">): void {
    this.#cover([...weights].map(([model, weight]) => [model, [weight, weight]]));
    const share = canary?.weight ?? 0;
    widen(this.#canaries, canary?.model ?? null, [share, share]);
  }

  take({ models, canaries, any }: SpreadState): void {
    if (!any) return;
    this.#cover(models);
    for (const [model, range] of canaries) widen(this.#canaries, model, range);
  }

  state(): SpreadState {
    return { models: [...this.#models], canaries: [...this.#canaries], any: this.#any };
  }

  /** Whether any two sets differ by more than rounding. */
  get differs(): boolean {
    const ranges = [...this.#models.values(), ...this.#canaries.values()];
    return this.#canaries.size > 1 || !ranges.every(([low, high]) => isSameWeight(low, high));
  }

  /** Whether every set is the expected one. */
  isAlways(expected: WeightsByModel): boolean {
    const all = [...this.#models];
    const least = Object.fromEntries(all.map(([model, [low]]) => [model, low]));
    const greatest = Object.fromEntries(all.map(([model, [, high]]) => [model, high]));
    return sameWeights(least, expected) && sameWeights(greatest, expected);
  }

  /** A model that only one side names has weight 0 on the other. */
  #cover(ranges: readonly (readonly [model: string, range: Range])[]): void {
    const named = new Set(ranges.map(([model]) => model));
    for (const [model, range] of ranges) {
      if (this.#any && !this.#models.has(model)) widen(this.#models, model, [0, 0]);
      widen(this.#models, model, range);
    }
    for (const model of this.#models.keys()) if (!named.has(model)) widen(this.#models, model, [0, 0]);
    this.#any = true;
  }
}

function widen<K>(ranges: Map<K, Range>, key: K, [low, high]: Range): void {
  const known = ranges.get(key);
  ranges.set(key, known === undefined ? [low, high] : [Math.min(known[0], low), Math.max(known[1], high)]);
}
