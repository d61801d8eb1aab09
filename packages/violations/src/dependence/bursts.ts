import { rules, type Rule } from "@qsc/contract";

/** When a decision was made, and for which symbol. */
export interface Occasion {
  /** Milliseconds since 1970; null if unknown. */
  readonly ms: number | null;
  readonly symbol: string | null;
}

export const occasionRule: Rule = rules.shaped({
  ms: rules.nullable(rules.finite),
  symbol: rules.nullable(rules.anyText),
});

/** The place of a decision in the bursts of a stream. */
export interface BurstPlace {
  /** Whether it begins a burst: the one before is over. */
  readonly begins: boolean;
  /** Whether it takes the place of the decision drawn so far. */
  readonly isDrawn: boolean;
  /** Whether nothing that follows can belong to the same burst. */
  readonly ends: boolean;
}

/** The state of a `Bursts`, as plain JSON. */
export interface BurstsState {
  /** Number of bursts so far. */
  readonly number: number;
  /** Of the newest burst; null if nothing can join it. */
  readonly open: { readonly lastMs: number; readonly count: number; readonly symbols: readonly string[] } | null;
}

/** A decision at most this much later than the one before belongs to its burst, in milliseconds. */
const CHAIN_MS = 500;
/** Symbols that are remembered of a burst. */
const MOST_SYMBOLS = 256;

const burstsRule: Rule = rules.shaped({
  number: rules.count,
  open: rules.nullable(
    rules.shaped({ lastMs: rules.finite, count: rules.wholeFrom(1), symbols: rules.listOf(rules.anyText) }),
  ),
});

/**
 * Divides a stream into bursts, and draws one decision of each. A burst is a run of decisions, each at most half a
 * second after the one before, in which no symbol comes twice: the market that moves one of them moves all, also where
 * an engine decides on them in turn. A decision whose symbol or time is unknown is a burst of its own.
 *
 * Which decision is drawn does not depend on any answer. Each of a burst's decisions is drawn equally often (Vitter
 * 1985, algorithm R, with the numbers of burst and decision in place of chance, so that the same stream is always drawn
 * alike).
 */
export class Bursts {
  #number = 0;
  #open: { lastMs: number; count: number; readonly symbols: Set<string> } | null = null;

  /** Continues from a state exactly as if it had never stopped. @throws QscError `invalid_option` */
  static from(state: BurstsState): Bursts {
    burstsRule(state, "state");
    const bursts = new Bursts();
    const { number, open } = state;
    bursts.#number = number;
    bursts.#open = open === null ? null : { lastMs: open.lastMs, count: open.count, symbols: new Set(open.symbols) };
    return bursts;
  }

  add({ ms, symbol }: Occasion): BurstPlace {
    if (ms === null || symbol === null) {
      this.#number += 1;
      this.#open = null;
      return { begins: true, isDrawn: true, ends: true };
    }
    const open = this.#open;
    if (open === null || ms < open.lastMs || ms > open.lastMs + CHAIN_MS || open.symbols.has(symbol)) {
      this.#number += 1;
      this.#open = { lastMs: ms, count: 1, symbols: new Set([symbol]) };
      return { begins: true, isDrawn: true, ends: false };
    }
    open.count += 1;
    open.lastMs = ms;
    if (open.symbols.size < MOST_SYMBOLS) open.symbols.add(symbol);
    return { begins: false, isDrawn: mixed(this.#number, open.count) % open.count === 0, ends: false };
  }

  state(): BurstsState {
    const open = this.#open;
    return {
      number: this.#number,
      open: open === null ? null : { lastMs: open.lastMs, count: open.count, symbols: [...open.symbols] },
    };
  }
}

/** A hash of two whole numbers, in [0, 2^32): the finaliser of MurmurHash3 (Appleby 2011), applied to both. */
function mixed(first: number, second: number): number {
  return finished(finished(first) ^ Math.imul(second, 0x9e3779b1));
}

function finished(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
