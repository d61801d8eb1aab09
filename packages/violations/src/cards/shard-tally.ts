import { rules } from "@qsc/contract";
import { Stretches, type StretchesState } from "./silence.js";

/** When the decisions of each shard came, as plain data. */
export type ShardTallyState = readonly (readonly [shard: number, decisions: number, stretches: StretchesState])[];

/** What one shard has shown. */
export interface ShardSeen {
  /** Distinct decisions. */
  readonly decisions: number;
  /** The first and the last one, in milliseconds since 1970; null without any. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** The longest silence between two of them, if it was longer than allowed; otherwise 0 ms. */
  readonly silence: { readonly ms: number; readonly from: number };
}

const NOTHING: ShardSeen = { decisions: 0, firstMs: null, lastMs: null, silence: { ms: 0, from: 0 } };

/**
 * When the decisions of each shard came. Mergeable: the tallies of parts, taken in any order, equal the tally of the
 * whole.
 */
export class ShardTally {
  readonly #longestSilenceMs: number;
  readonly #shards = new Map<number, { decisions: number; readonly stretches: Stretches }>();

  /** @param longestSilenceMs the limit of the policy, `telemetry_silence.maxAge` */
  constructor(longestSilenceMs: number) {
    rules.atLeastZero(longestSilenceMs, "longestSilenceMs");
    this.#longestSilenceMs = longestSilenceMs;
  }

  /** Counts a decision of a shard, which is not a repetition: that is no sign of life. */
  add(shard: number, ms: number): void {
    const seen = this.#of(shard);
    seen.decisions += 1;
    seen.stretches.add(ms);
  }

  /** Notes that a shard has an entry of any kind: a repetition, or one that cannot be read, proves no decision. */
  meet(shard: number): void {
    this.#of(shard);
  }

  /** Whether a shard has an entry of any kind. */
  has(shard: number): boolean {
    return this.#shards.has(shard);
  }

  /** The full state, from which `take` continues. */
  state(): ShardTallyState {
    return [...this.#shards].map(([shard, { decisions, stretches }]) => [shard, decisions, stretches.state()]);
  }

  /** Adds the state of another part. */
  take(state: ShardTallyState): void {
    for (const [shard, decisions, stretches] of state) {
      const seen = this.#of(shard);
      seen.decisions += decisions;
      seen.stretches.take(stretches);
    }
  }

  /** What a shard has shown. */
  of(shard: number): ShardSeen {
    const seen = this.#shards.get(shard);
    if (seen === undefined) return NOTHING;
    const { decisions, stretches } = seen;
    const lastMs = stretches.state().at(-1)?.last ?? null;
    return { decisions, firstMs: stretches.firstMs, lastMs, silence: stretches.longestSilence() };
  }

  #of(shard: number): { decisions: number; readonly stretches: Stretches } {
    let seen = this.#shards.get(shard);
    if (seen === undefined) {
      seen = { decisions: 0, stretches: new Stretches(this.#longestSilenceMs) };
      this.#shards.set(shard, seen);
    }
    return seen;
  }
}
