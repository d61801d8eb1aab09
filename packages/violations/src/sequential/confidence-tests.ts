import { BettingEProcess, RangeEProcess } from "@qsc/stats";
import { toFourDecimals } from "./observation.js";
import { asShare, type SequentialTest } from "./sequential-test.js";
import { always, persisting, shareTest } from "./share-test.js";

/** The share of values between P10 and P90 may be as large: one tenth may lie on one side, and none on the other. */
const CENTRAL_SHARE = 0.9;
const OUTER_SHARE = 1 - CENTRAL_SHARE;

/**
 * One value to 4 decimals: no value known beforehand may come more often than the most frequent one may. More often
 * where it equals the symbol's previous one, since features that did not change give the same confidence.
 * @param equal the share of confidences that equal the one before, at most
 */
export function modeTest(allowed: number, equal: number | null): readonly SequentialTest[] {
  if (equal === null) return [];
  const usual = { share: allowed, bets: "usual" } as const;
  const again = { share: persisting(allowed, equal), bets: "usual" } as const;
  return shareTest({
    name: `one confidence at most ${allowed}, equal at most ${equal}`,
    allowed,
    indicator: ({ confidence }, { candidate }) =>
      confidence === null || candidate === null ? null : toFourDecimals(confidence) === candidate,
    next: ({ previous, memory }) =>
      previous === "forgotten" || (previous !== null && previous.confidence === memory.candidate) ? again : usual,
  });
}

/**
 * Around the latest median: an open interval as long as the limit cannot hold both P10 and P90, and so at most nine
 * tenths; of confidences that persist, all of the part that does.
 */
export function nearTest(limit: number, persistence: number | null): readonly SequentialTest[] {
  if (persistence === null) return [];
  const allowed = persisting(CENTRAL_SHARE, persistence);
  return shareTest({
    name: `within ${limit / 2} of the median at most ${allowed}`,
    allowed,
    indicator: ({ confidence }, { median }) =>
      confidence === null || median === null ? null : Math.abs(confidence - median) < limit / 2,
    next: always(allowed),
  });
}

/**
 * P90 - P10 at least `limit`, wherever P10 is: a tenth of the answers on either side, or of those that do not persist.
 */
export function rangeTest(limit: number, persistence: number | null): readonly SequentialTest[] {
  if (limit <= 0 || limit >= 1 || persistence === null) return [];
  const tail = OUTER_SHARE * (1 - persistence);
  let evidence = new RangeEProcess(limit, tail);
  return [
    {
      key: `P90 - P10 at least ${limit}, tails ${tail}`,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.logValue >= log,
      take({ confidence }) {
        if (confidence !== null) evidence.add(confidence);
      },
      state: () => evidence.state(),
      restore(state) {
        if (!("recent" in state)) throw new TypeError("a range's evidence has no recent values");
        evidence = RangeEProcess.from(state);
        if (evidence.limit !== limit || evidence.tail !== tail) throw new TypeError("evidence of another range");
      },
    },
  ];
}

/**
 * Standard deviation at least `limit`. The mean square distance from any point m that is known beforehand is at least
 * the variance, and no confidence is further from m than b = max(m, 1 - m). So 1 - (x - m)^2 / b^2 is in [0, 1], and
 * its mean is at most 1 - limit^2 / b^2: a bounded mean to bet against. For a constant output that gains at most
 * -log(1 - limit^2 / b^2) an answer, some 0.007 for a limit of 0.05: the price of allowing a deviation that comes of
 * one answer in a hundred. Given those before, answers of persistence r keep only 1 - r of the variance.
 */
export function stdTest(limit: number, persistence: number | null): readonly SequentialTest[] {
  if (limit <= 0 || limit >= 0.5 || persistence === null) return [];
  const variance = limit ** 2 * (1 - persistence);
  let evidence = new BettingEProcess(1 - variance / 0.25);
  return [
    {
      key: `std at least ${limit}, persistence ${persistence}`,
      get logValue() {
        return evidence.logValue;
      },
      reaches: (log) => evidence.reaches(log),
      take({ confidence }, { mean }) {
        if (confidence === null) return;
        const most = Math.max(mean, 1 - mean) ** 2;
        evidence.add(Math.max(0, 1 - (confidence - mean) ** 2 / most), 1 - variance / most);
      },
      state: () => evidence.state(),
      restore(state) {
        evidence = BettingEProcess.from(asShare(state));
      },
    },
  ];
}
