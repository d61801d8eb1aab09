import { describe, expect, test } from "vitest";
import { comparePaired, DEFAULT_LABELS, RecentDecisions, DEFAULT_POLICY, type PairedAnswers } from "../src/index.js";
import { intent, prediction, seeded } from "./support.js";

const LABELS = ["BUY", "SELL", "HOLD"] as const;
type Shares = readonly [buy: number, sell: number];

interface Stream {
  readonly seed: number;
  readonly first: Shares;
  readonly second: Shares;
  /** How often a model repeats what it answered for the symbol before. */
  readonly persistence: number;
  /** How often both follow the same impulse of the market: half the time makes them agree in half of the decisions. */
  readonly together?: number;
  readonly symbols?: number;
  /** How many symbols decide at once. */
  readonly burst?: number;
  /** How often all symbols of a burst follow one impulse of their model's own. */
  readonly ownImpulse?: number;
}

const drawn = ([buy, sell]: Shares, u: number): string => LABELS[u < buy ? 0 : u < buy + sell ? 1 : 2];

/** Two models that answer the same decisions: each repeats its label of the symbol, or draws one from its shares. */
function* stream(
  { seed, first, second, persistence, together = 0, symbols = 19, burst = 1, ownImpulse = 0 }: Stream,
  decisions: number,
): Generator<PairedAnswers> {
  const random = seeded(seed);
  const before = new Map<string, readonly [string, string]>();
  let impulse: readonly [number, number] = [0, 0];
  for (let index = 0; index < decisions; index += 1) {
    const symbol = `S${index % symbols}`;
    if (index % burst === 0) impulse = [random(), random()];
    const own = random() < ownImpulse ? impulse : ([random(), random()] as const);
    const [coin, other] = [random(), random()];
    const isTogether = random() < together;
    const answers = [first, second].map((shares, model) => {
      const last = before.get(symbol)?.[model];
      const [u, persists] = model === 0 || isTogether ? [own[0], coin] : [own[1], other];
      return last !== undefined && persists < persistence ? last : drawn(shares, u);
    });
    const [one = "", two = ""] = answers;
    before.set(symbol, [one, two]);
    yield { ms: Math.floor(index / burst) * 20_000 + (index % burst), symbol, first: one, second: two };
  }
}

const compared = (given: Stream, decisions = 4096) => comparePaired(stream(given, decisions), DEFAULT_LABELS);
const HEALTHY: Shares = [0.3, 0.3];

/** The median number of decisions until the difference is found, in streams of some decisions. */
function medianSince(given: Omit<Stream, "seed">, decisions: number, runs = 61): number {
  const times = Array.from(
    { length: runs },
    (_, run) => compared({ ...given, seed: 7919 * run + 1 }, decisions).since ?? Infinity,
  );
  return times.sort((a, b) => a - b)[runs >> 1] ?? Infinity;
}

describe("two models on the same decisions", () => {
  test("are found to differ by 20 points of a label within a median of 400 decisions if they agree in half of them", () => {
    const apart = { first: [0.5, 0.2] as const, second: HEALTHY, persistence: 0.4 };
    expect(medianSince({ ...apart, together: 0.5 }, 1000)).toBeLessThanOrEqual(400);
    expect(medianSince(apart, 1000)).toBeLessThan(550);
  });

  test("are found to differ by 10 points within a median of 1,500 decisions if they agree in half of them", () => {
    const apart = { first: [0.4, 0.25] as const, second: HEALTHY, persistence: 0.4 };
    expect(medianSince({ ...apart, together: 0.5 }, 2000, 31)).toBeLessThanOrEqual(1500);
  });

  test("are found to differ where 19 symbols decide at once", () => {
    const apart = { first: [0.5, 0.2] as const, second: HEALTHY, persistence: 0.4, burst: 19 };
    expect(medianSince(apart, 3000, 21)).toBeLessThan(2500);
  });

  test.each([0, 0.2, 0.4, 0.6, 0.8, 0.95])(
    "are found to differ at most once in a hundred streams if they are alike, at persistence %s",
    (persistence) => {
      let alarms = 0;
      for (const [together, burst, ownImpulse] of [
        [0, 1, 0],
        [0.6, 1, 0],
        [0, 19, 0],
        [0, 19, 0.5],
      ] as const)
        for (let run = 0; run < 25; run += 1)
          if (
            compared(
              {
                seed: 104_729 * run + 3,
                first: HEALTHY,
                second: HEALTHY,
                persistence,
                together,
                burst,
                ownImpulse,
              },
              1500,
            ).since !== null
          )
            alarms += 1;
      // 100 streams: 1 is expected at most, and more than 4 in 0.4 % of such tests.
      expect(alarms).toBeLessThanOrEqual(4);
    },
  );

  test("the direction and the label are named, with the shares and the agreement", () => {
    const {
      strongest,
      labels,
      decisions,
      compared: used,
      agreement,
      threshold,
      log10,
    } = compared({
      seed: 5,
      first: HEALTHY,
      second: [0.1, 0.3],
      persistence: 0.4,
    });
    expect(strongest).toEqual({ label: "BUY", more: true });
    expect([decisions, used, threshold]).toEqual([4096, 4096 - 19, 2]);
    expect(log10).toBeGreaterThan(2);
    expect(labels.find(({ label }) => label === "BUY")?.first).toBeCloseTo(0.3, 1);
    expect(labels.find(({ label }) => label === "BUY")?.second).toBeCloseTo(0.1, 1);
    expect(agreement).toBeGreaterThan(0.2);
  });

  test("says how much hides in labels that one of them persists in alone", () => {
    const labelOf = (index: number): string => LABELS[(index >> 2) % 3] ?? "";
    const opposed = Array.from({ length: 2000 }, (_, index): PairedAnswers => {
      const symbol = `S${index % 4}`;
      const same = { ms: index * 1000, symbol, first: labelOf(index), second: labelOf(index) };
      return index % 2 === 0 ? { ...same, first: "BUY", second: "SELL" } : same;
    });
    expect(comparePaired(opposed, DEFAULT_LABELS)).toMatchObject({ since: null, unmatched: 0.5 });
    expect(compared({ seed: 3, first: HEALTHY, second: HEALTHY, persistence: 0.6 }).unmatched).toBeLessThan(0.1);
  });

  test.each<[string, unknown, unknown, RegExp]>([
    ["answers that are no list", "abc", DEFAULT_LABELS, /answers is "abc"/],
    [
      "a time that is NaN",
      [{ ms: Number.NaN, symbol: null, first: "BUY", second: "BUY" }],
      DEFAULT_LABELS,
      /ms is NaN/,
    ],
    ["a misspelt member", [{ ms: 1, symbol: null, first: "BUY", secnd: "BUY" }], DEFAULT_LABELS, /second is undefined/],
    ["labels that are a list of nothing", [], { acting: [], abstaining: [] }, /labelSet\.acting/],
  ])("refuses %s", (_, answers, labels, message) => {
    expect(() => comparePaired(answers as never, labels as never)).toThrow(message);
  });

  test("without a common decision nothing is known", () => {
    const alone = { ms: 0, symbol: "S", first: "BUY", second: null };
    expect(comparePaired([alone, { ...alone, first: "HODL", second: "BUY" }], DEFAULT_LABELS)).toMatchObject({
      decisions: 0,
      compared: 0,
      unmatched: null,
      agreement: null,
      log10: 0,
      since: null,
      strongest: null,
    });
  });

  test("a decision in which one of them did not answer breaks the symbol's history", () => {
    const one = (ms: number, first: string | null) => ({ ms: ms * 1000, symbol: "S", first, second: "BUY" });
    const answers = [one(0, "BUY"), one(1, null), one(2, "BUY"), one(3, "SELL")];
    expect(comparePaired(answers, DEFAULT_LABELS)).toMatchObject({ decisions: 3, compared: 1 });
  });
});

test("the recent decisions give both models' answers in order, whatever the order they were added in", () => {
  const recent = new RecentDecisions(DEFAULT_POLICY);
  for (const index of [2, 0, 1])
    recent.add(intent(index, [prediction({ model: "a", action: LABELS[index] ?? null }), prediction({ model: "b" })]));
  recent.add(intent(3, [prediction({ model: "b", nonPrediction: "shadow" })]));
  expect(recent.answersOf("a", "b")).toEqual(
    ["BUY", "SELL", "HOLD", null].map((first, index) => ({
      ms: 1_000_000 + index * 1000,
      symbol: "BTCUSDT",
      first,
      second: index === 3 ? null : "BUY",
    })),
  );
});
