import { requireCount, requireObject, requireWithin } from "./check.js";

/** Differences of some pairs that were observed at once: each is 1 if only the first of a pair was a case, -1 if only the second. */
export interface Differences {
  readonly n: number;
  /** In [-n, n]. */
  readonly sum: number;
}

/** Pairs that were observed at once, by what was the case of each before. */
export interface ObservedPairs {
  /** Both were, or neither was. */
  readonly alike: Differences;
  /** The first alone was. */
  readonly first: Differences;
  /** The second alone was. */
  readonly second: Differences;
}

/** Logarithms of the wealth of the two gamblers of a `PairedEProcess`. */
export interface PairedEvidence {
  /** Evidence that the first of a pair is a case more often. */
  readonly more: number;
  readonly less: number;
}

/**
 * Parts of the wealth that are bet on one pair, and how the wealth is split over them: most of it suits the differences
 * that should be found soonest, of 10 to 20 points.
 */
const BETS = [
  { fraction: 0.15, weight: 0.45 },
  { fraction: 0.35, weight: 0.45 },
  { fraction: 0.9, weight: 0.1 },
] as const;
/** The most that is bet, however many pairs were observed at once: below 1, so that no single answer ruins a bet. */
const MOST = 0.95;

/**
 * Evidence that one of two paired processes is a case more often than the other: that one model gives a label more
 * often than another does, on the same decisions. It may be checked after every observation, indefinitely.
 *
 * Assumption to refute: at every observation t, given all before it, P(first is a case) = u_t + c 1[first was one before]
 * and P(second is a case) = u_t + c 1[second was one before]. u_t is the same for both and otherwise arbitrary: a market
 * may move both at will, and they may depend on each other at t in any way. c, in [-1, 1], is how much a case persists;
 * it is constant and unknown.
 *
 * Guarantee: under the assumption the mean of `exp(more)` and `exp(less)` is at most the value of a nonnegative martingale
 * that begins at 1, so the probability that it ever reaches 1 / alpha is at most alpha (Ville 1939).
 *
 * Why: the difference D of a pair has mean 0 where both or neither were cases before, c where only the first was, -c
 * where only the second was. So a bet of fraction f multiplies the wealth by 1 + f D in the first situation
 * (Waudby-Smith & Ramdas 2024). In the other two it bets on the mean of one D of each: whatever c is, it cancels. The
 * second may come later: until then the wealth is 1 + f (D - c + 0) / 2 of what it was, in which the mean of the outstanding
 * D stands for it, and the least of this over all c is what counts here. The factor is linear in each D, so revealing one
 * keeps its mean: it is a martingale. At most one D is outstanding, and further ones of its kind are left out.
 * Pairs that were observed at once, and may depend on each other, make one bet on their mean: with n of them the fraction is
 * n times as large, up to 0.95. A mixture over fractions and directions is a martingale too (Robbins 1970).
 *
 * O(1) memory.
 */
export class PairedEProcess {
  readonly #more = new Float64Array(BETS.length);
  readonly #less = new Float64Array(BETS.length);
  /** The difference that waits for one of the other kind; null for none. */
  #outstanding: { readonly kind: "first" | "second"; readonly mean: number } | null = null;

  /** @throws StatsError unless each sum is possible for its n; the state is then unchanged */
  add(observed: ObservedPairs): void {
    requireObject(observed, "observed");
    const { alike, first, second } = observed;
    for (const [name, group] of Object.entries({ alike, first, second })) requireDifferences(group, name);
    const both = Math.min(first.n, second.n);
    const used = alike.n + 2 * both;
    if (used > 0) this.#bet(used, (alike.sum + both * (meanOf(first) + meanOf(second))) / used);
    else if (first.n > 0) this.#match("first", meanOf(first));
    else if (second.n > 0) this.#match("second", meanOf(second));
  }

  /** The evidence that the first is a case more often, and that it is less often: natural logarithms. */
  get logValues(): PairedEvidence {
    return { more: this.#logValue(this.#more, 1), less: this.#logValue(this.#less, -1) };
  }

  #match(kind: "first" | "second", mean: number): void {
    if (this.#outstanding === null) this.#outstanding = { kind, mean };
    else if (this.#outstanding.kind !== kind) {
      this.#bet(2, (this.#outstanding.mean + mean) / 2);
      this.#outstanding = null;
    }
  }

  /** Bets on the mean of some pairs, in [-1, 1], which is 0 under the assumption. */
  #bet(pairs: number, mean: number): void {
    for (const [bet, { fraction }] of BETS.entries()) {
      const part = Math.min(MOST, fraction * pairs);
      this.#more[bet] = (this.#more[bet] ?? 0) + Math.log1p(part * mean);
      this.#less[bet] = (this.#less[bet] ?? 0) + Math.log1p(-part * mean);
    }
  }

  #logValue(logs: Float64Array, direction: 1 | -1): number {
    const least = this.#outstanding === null ? null : (direction * this.#outstanding.mean - 1) / 2;
    const all = BETS.map(({ fraction, weight }, bet) => {
      const worst = least === null ? 0 : Math.log1p(Math.min(MOST, 2 * fraction) * least);
      return Math.log(weight) + (logs[bet] ?? 0) + worst;
    });
    const largest = Math.max(...all);
    return largest + Math.log(all.reduce((sum, log) => sum + Math.exp(log - largest), 0));
  }
}

function meanOf({ n, sum }: Differences): number {
  return n === 0 ? 0 : sum / n;
}

function requireDifferences(group: Differences, name: string): void {
  requireObject(group, name);
  requireCount(group.n, `${name}.n`);
  requireWithin(group.sum, -group.n, group.n, `${name}.sum`);
}
