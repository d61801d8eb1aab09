import type { Persistence } from "../dependence/bounds.js";
import type { Previous } from "../dependence/previous-answers.js";
import type { SequentialTest } from "./sequential-test.js";
import { persisting, shareTest, type Allowance } from "./share-test.js";

/**
 * A label of some: the share among the predictions, whatever else they say. Where the same symbol's previous
 * prediction was one of them, the persistence allows more, and otherwise less: a stationary share p with persistence r
 * is p + r (1 - p) after itself, and p (1 - r) after another. Both sides need their own bound of r.
 */
export function labelTest(
  labels: readonly string[],
  allowed: number,
  persistence: Persistence | null,
): readonly SequentialTest[] {
  if (persistence === null) return [];
  const isOne = (label: string | null): boolean => label !== null && labels.includes(label);
  const shares = sharesAfter(allowed, persistence);
  const tests = shareTest({
    name: `label ${labels.join(" or ")} at most ${allowed}, ${describePersistence(persistence)}`,
    allowed,
    indicator: ({ predicts, label }) => (predicts ? isOne(label) : null),
    next: ({ previous }) => nextOf(shares, previous, isOne),
  });
  return tests.map((test) => Object.assign(test, { labels }));
}

/** What is allowed after each kind of previous prediction of the symbol. */
type SharesAfter = Readonly<Record<"first" | "these" | "others" | "either", Allowance>>;

function sharesAfter(allowed: number, { low, high }: Persistence): SharesAfter {
  const usual = (share: number): Allowance => ({ share, bets: "usual" });
  const [these, others] = [persisting(allowed, high), allowed * (1 - low)];
  return { first: usual(allowed), these: usual(these), others: usual(others), either: usual(Math.max(these, others)) };
}

function nextOf(shares: SharesAfter, previous: Previous, isOne: (label: string | null) => boolean): Allowance {
  if (previous === null) return shares.first;
  if (previous === "forgotten") return shares.either;
  return isOne(previous.label) ? shares.these : shares.others;
}

function describePersistence({ low, high }: Persistence): string {
  return `persistence ${low} to ${high}`;
}
