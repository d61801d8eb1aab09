import type { Dependence, Intent, ModelBaseline, ModelReading } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  powerOf,
  powerOfSymbols,
  powerOfWatch,
  RecentDecisions,
  seenInTime,
  SequentialMonitor,
  type Occasion,
  type SequentialOptions,
} from "../src/index.js";
import { Bursts } from "../src/dependence/bursts.js";
import { labelPersistence } from "../src/dependence/bounds.js";
import { intent, prediction, seeded } from "./support.js";

/** What a stream is like. */
interface Kind {
  /** The share of BUY; the others have half of the rest each. */
  readonly share: number;
  /** With this probability an answer repeats the symbol's previous one. */
  readonly persistence: number;
  readonly symbols: number;
  /** Symbols that decide at once, with one label. */
  readonly burst: number;
}

interface Answered {
  readonly reading: ModelReading;
  readonly occasion: Occasion;
}

const LABELS = ["BUY", "SELL", "HOLD"];
const EVERY_MS = 1000;

/** An endless stream of one model's answers; `frozen` makes every label BUY. */
function* stream(
  { share, persistence, symbols, burst }: Kind,
  random: () => number,
  frozen = false,
): Generator<Answered> {
  const fresh = (): Partial<ModelReading> => {
    const at = random();
    const label = at < share ? 0 : at < share + (1 - share) / 2 ? 1 : 2;
    return { action: LABELS[label] ?? null, confidence: 0.2 + 0.7 * random() };
  };
  const previous = new Map<number, Partial<ModelReading>>();
  for (let n = 0; ; n += 1) {
    const shared = fresh();
    for (let at = 0; at < burst; at += 1) {
      const symbol = (n * burst + at) % symbols;
      const next = random() < persistence ? (previous.get(symbol) ?? fresh()) : burst > 1 ? shared : fresh();
      previous.set(symbol, next);
      const reading = prediction({ ...next, ...(frozen && { action: "BUY" }), latencyMs: 20 });
      yield { reading, occasion: { ms: n * EVERY_MS + at, symbol: `S${symbol}` } };
    }
  }
}

function* some<T>(all: Iterable<T>, n: number): Generator<T> {
  let left = n;
  for (const one of all) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}

function decision({ reading, occasion }: Answered): Intent {
  const ms = occasion.ms ?? 0;
  return { ...intent(ms, [reading]), id: `${BigInt(ms)}-0`, symbol: occasion.symbol };
}

function measured(answers: Iterable<Answered>): Dependence {
  const recent = new RecentDecisions(DEFAULT_POLICY);
  for (const answered of answers) recent.add(decision(answered));
  const found = recent.measured().get("m");
  if (found === undefined) throw new Error("nothing measured");
  return found;
}

function optionsOf(dependence: ModelBaseline["dependence"], alpha = 0.01): SequentialOptions {
  const baseline = { predictions: 2000, nonPredictions: 0, latencyP95Ms: 40 };
  return {
    policy: DEFAULT_POLICY,
    models: ["m"],
    baselines: new Map([["m", dependence === undefined ? baseline : { ...baseline, dependence }]]),
    alpha,
  };
}

/** The checks that are conclusive after `n` decisions. */
function proven(options: SequentialOptions, answers: Iterable<Answered>, n: number): readonly string[] {
  const monitor = new SequentialMonitor(options);
  for (const { reading, occasion } of some(answers, n)) monitor.take([reading], occasion);
  return monitor.conclusive().map(({ check }) => check);
}

const BASELINE = 2000;

describe("bursts", () => {
  const occasions = fc.array(
    fc.record({ after: fc.integer({ min: -50, max: 700 }), symbol: fc.constantFrom("A", "B", "C", "D", null) }),
    { maxLength: 60 },
  );

  test("divide a stream into runs without a long pause or a symbol twice, and draw one decision of each", () => {
    fc.assert(
      fc.property(occasions, (steps) => {
        const bursts = new Bursts();
        const runs: { readonly ms: number; readonly symbol: string | null; readonly isDrawn: boolean }[][] = [];
        let ms = 1e6;
        for (const { after, symbol } of steps) {
          ms += after;
          const { begins, isDrawn, ends } = bursts.add({ ms, symbol });
          if (begins) runs.push([]);
          runs.at(-1)?.push({ ms, symbol, isDrawn });
          expect(ends).toBe(symbol === null);
        }
        for (const run of runs) {
          const symbols = run.map(({ symbol }) => symbol);
          expect(new Set(symbols).size).toBe(run.length);
          expect(run[0]?.isDrawn).toBe(true);
          const pauses = run.slice(1).map(({ ms: at }, index) => at - (run[index]?.ms ?? Number.NaN));
          expect(pauses.every((pause) => pause >= 0 && pause <= 500)).toBe(true);
          if (symbols.includes(null)) expect(run).toHaveLength(1);
        }
      }),
    );
  });

  test("continue from a state as if they had never stopped", () => {
    fc.assert(
      fc.property(occasions, fc.nat(60), (steps, at) => {
        let bursts = new Bursts();
        const whole = new Bursts();
        let ms = 1e6;
        for (const [index, { after, symbol }] of steps.entries()) {
          if (index === at) bursts = Bursts.from(JSON.parse(JSON.stringify(bursts.state())) as never);
          ms += after;
          expect(bursts.add({ ms, symbol })).toEqual(whole.add({ ms, symbol }));
        }
      }),
    );
  });

  test("of bursts of ten, each place is drawn about equally often", () => {
    const bursts = new Bursts();
    const drawn = new Array<number>(10).fill(0);
    const NUMBER = 5000;
    for (let number = 0; number < NUMBER; number += 1) {
      let place = 0;
      for (let at = 0; at < 10; at += 1)
        if (bursts.add({ ms: number * 1000 + at, symbol: `S${at}` }).isDrawn) place = at;
      drawn[place] = (drawn[place] ?? 0) + 1;
    }
    for (const times of drawn) expect(Math.abs(times / NUMBER - 0.1)).toBeLessThan(0.02);
  });
});

describe("what is measured of a stream", () => {
  const answers = (seed: number, n: number): readonly Answered[] => [
    ...some(stream({ share: 0.5, persistence: 0.5, symbols: 3, burst: 1 }, seeded(seed)), n),
  ];

  test("does not depend on the order of the decisions, nor on where it is divided", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(80), (seed, at) => {
        const all = answers(seed, 80);
        const parts = [all.slice(0, at), all.slice(at)].map((part) => {
          const recent = new RecentDecisions(DEFAULT_POLICY);
          for (const answered of part.toReversed()) recent.add(decision(answered));
          return recent;
        });
        const joined = new RecentDecisions(DEFAULT_POLICY);
        for (const part of parts.toReversed()) joined.take(part.state());
        expect(joined.measured().get("m")).toEqual(measured(all));
      }),
      { numRuns: 30 },
    );
  });

  test("its bounds contain the true persistence, and narrow with the number of decisions (seed 61)", () => {
    for (const persistence of [0, 0.4, 0.8]) {
      const widths = [300, 1200, 4000].map((n) => {
        const kind = { share: 0.4, persistence, symbols: 5, burst: 1 };
        const bounds = labelPersistence({ dependence: measured(some(stream(kind, seeded(61)), n)) }, ["BUY"], 1e-4);
        expect(bounds?.low).toBeLessThan(persistence);
        expect(bounds?.high).toBeGreaterThan(persistence);
        return (bounds?.high ?? 1) - (bounds?.low ?? -1);
      });
      expect(widths).toEqual(widths.toSorted((a, b) => b - a));
    }
  });

  test("symbols that each lean to a label of their own do not raise the lower bound (seed 62)", () => {
    const random = seeded(62);
    const leaning = Array.from({ length: 3000 }, (_, n): Answered => {
      const symbol = n % 2;
      const isUsual = random() < 0.9;
      return {
        reading: prediction({ action: (symbol === 0) === isUsual ? "BUY" : "SELL", confidence: random() }),
        occasion: { ms: n * EVERY_MS, symbol: `S${symbol}` },
      };
    });
    const bounds = labelPersistence({ dependence: measured(leaning) }, ["BUY"], 1e-3);
    expect(bounds?.low).toBeLessThan(0);
    // Over both symbols together, a BUY is much likelier after a BUY.
    expect(bounds?.high).toBeGreaterThan(0.5);
  });

  test("a label that hardly occurs is taken to persist like the others; nothing is known of too few decisions", () => {
    const kind = { share: 1, persistence: 0.5, symbols: 2, burst: 1 };
    expect(labelPersistence({ dependence: measured(some(stream(kind, seeded(1)), 2000)) }, ["BUY"], 0.01)).toBeNull();
    const two = { share: 0.5, persistence: 0.5, symbols: 2, burst: 1 };
    const noHold = [...some(stream(two, seeded(63)), 2000)].map(({ reading, occasion }) => ({
      reading: { ...reading, action: reading.action === "HOLD" ? "SELL" : reading.action },
      occasion,
    }));
    const bounds = labelPersistence({ dependence: measured(noHold) }, ["HOLD"], 0.01);
    expect(bounds?.low).toBeLessThan(0.5);
    expect(bounds?.high).toBeGreaterThan(0.5);
    expect(labelPersistence({ dependence: measured(noHold.slice(0, 40)) }, ["HOLD"], 0.01)).toBeNull();
    expect(labelPersistence({}, ["BUY"], 0.01)).toBeNull();
  });
});

describe("a legal model that persists raises no alarm", () => {
  const alpha = 0.1;
  const WATCHES = 12;

  /** Watches of 2,500 decisions with an alarm, each after a baseline of its own. */
  function alarms(kind: Kind, seed: number): number {
    let found = 0;
    for (let watch = 0; watch < WATCHES; watch += 1) {
      const all = stream(kind, seeded(seed + watch));
      const options = optionsOf(measured(some(all, BASELINE)), alpha);
      if (proven(options, stream(kind, seeded(seed + 1000 + watch)), 2500).length > 0) found += 1;
    }
    return found;
  }

  test.each([0, 0.4, 0.6, 0.8])("at the limit of 70 %, persistence %d (seed 64)", (persistence) => {
    expect(alarms({ share: 0.7, persistence, symbols: 5, burst: 1 }, 64)).toBeLessThanOrEqual(
      alpha * WATCHES + 3 * Math.sqrt(alpha * WATCHES),
    );
  });

  test("in bursts of ten symbols with one label (seed 65)", () => {
    const kind = { share: 0.6, persistence: 0, symbols: 10, burst: 10 };
    expect(alarms(kind, 65)).toBeLessThanOrEqual(alpha * WATCHES);
    // Told that the decisions are independent, it is deceived.
    expect(
      proven(
        optionsOf("independent", alpha),
        [...some(stream(kind, seeded(65)), 5000)].map((one, n) => ({
          ...one,
          occasion: { ms: n * 1000, symbol: "S" },
        })),
        5000,
      ),
    ).toContain("action_collapse");
  });

  test("in symbols that decide in turn, 110 ms apart, moved by one market each minute (seed 80)", () => {
    const random = seeded(80);
    const bars = function* (): Generator<Answered> {
      for (let minute = 0; ; minute += 1) {
        const market = random() < 0.6 ? "BUY" : random() < 0.5 ? "SELL" : "HOLD";
        for (let at = 0; at < 20; at += 1) {
          const own = random() < 0.6 ? "BUY" : random() < 0.5 ? "SELL" : "HOLD";
          const reading = prediction({ action: random() < 0.9 ? market : own, confidence: random(), latencyMs: 20 });
          yield { reading, occasion: { ms: minute * 60_000 + at * 110, symbol: `S${at}` } };
        }
      }
    };
    const options = optionsOf(measured(some(bars(), 2 * BASELINE)));
    for (let watch = 0; watch < 8; watch += 1) expect(proven(options, bars(), 7200)).toEqual([]);
  });

  test("whose labels stay for long in more symbols than are remembered (seed 66)", () => {
    const kind = { share: 0.65, persistence: 0.8, symbols: 300, burst: 1 };
    const few = { ...kind, symbols: 5 };
    const options = optionsOf(measured(some(stream(few, seeded(66)), BASELINE)), alpha);
    for (let watch = 0; watch < 5; watch += 1)
      expect(proven(options, stream(kind, seeded(66 + watch)), 3000)).toEqual([]);
  });

  test("whose confidences drift slowly through a wide enough range (seed 67)", () => {
    const random = seeded(67);
    const drifting = (): Iterable<Answered> => {
      let at = 0.5;
      return (function* () {
        for (let n = 0; ; n += 1) {
          at = 0.5 + 0.97 * (at - 0.5) + 0.04 * (random() - 0.5);
          const action = LABELS[Math.floor(random() * 3)] ?? null;
          yield { reading: prediction({ action, confidence: at }), occasion: { ms: n * EVERY_MS, symbol: "S" } };
        }
      })();
    };
    expect(proven(optionsOf("independent"), drifting(), 4000)).toContain("narrow_range");
    expect(proven(optionsOf(measured(some(drifting(), BASELINE))), drifting(), 4000)).toEqual([]);
  });
});

describe("the power that is stated beforehand", () => {
  test.each([0, 0.4, 0.8])("is what a constant label needs, persistence %d (seed 68)", (persistence) => {
    const kind = { share: 0.35, persistence, symbols: 4, burst: 1 };
    const options = optionsOf(measured(some(stream(kind, seeded(68)), BASELINE)));
    const stated = powerOf(options).find(({ limit }) => limit === "action_collapse.largestShare")?.observations ?? null;
    expect(stated).not.toBeNull();
    const monitor = new SequentialMonitor(options);
    let n = 0;
    for (const { reading, occasion } of some(stream(kind, seeded(69), true), 2000)) {
      n += 1;
      if (monitor.take([reading], occasion)) break;
    }
    // What is found last is stated; the first answers of a symbol follow none, and a burst ends with the next.
    expect(n).toBeLessThanOrEqual((stated ?? 0) + 2);
    expect(n).toBeGreaterThan((stated ?? 0) / 2);
  });

  test.each([0, 0.4, 0.6])("holds for a fault that begins late too, persistence %d (seed 76)", (persistence) => {
    const kind = { share: 0.35, persistence, symbols: 4, burst: 1 };
    const options = optionsOf(measured(some(stream(kind, seeded(76)), BASELINE)));
    const stated = powerOf(options).find(({ limit }) => limit === "action_collapse.largestShare");
    const monitor = new SequentialMonitor(options);
    for (const { reading, occasion } of some(stream(kind, seeded(77)), 3000)) monitor.take([reading], occasion);
    let n = 0;
    for (const { reading } of some(stream(kind, seeded(78), true), 2000)) {
      n += 1;
      if (monitor.take([reading], { ms: (3000 + n) * EVERY_MS, symbol: `S${n % 4}` })) break;
    }
    // By half of the reserve staked in six hours, a test knows little more of when it begins than after 512 answers.
    expect(n).toBeLessThanOrEqual(1.2 * (stated?.late ?? 0));
    expect(stated?.late).toBeGreaterThan(stated?.observations ?? Infinity);
  });

  test("is that of the limit's own tests, with symbols that are no longer remembered", () => {
    // Every symbol contradicts itself: after another label, all is allowed to it.
    const random = seeded(79);
    const answers = Array.from({ length: BASELINE }, (_, n): Answered => {
      const round = Math.floor(n / 100);
      const action = (round + n) % 2 === 0 ? "BUY" : "SELL";
      return {
        reading: prediction({ action, confidence: random(), latencyMs: 20 }),
        occasion: { ms: n * EVERY_MS, symbol: `S${n % 100}` },
      };
    });
    const row = powerOf(optionsOf(measured(answers))).find(({ limit }) => limit === "action_collapse.largestShare");
    expect(row?.observations).not.toBeNull();
    expect(row?.late).toBeNull();
  });

  test("grows with the persistence", () => {
    const needed = [0, 0.4, 0.6, 0.8].map((persistence) => {
      const kind = { share: 0.35, persistence, symbols: 4, burst: 1 };
      const rows = powerOf(optionsOf(measured(some(stream(kind, seeded(70)), BASELINE))));
      return rows.find(({ limit }) => limit === "action_collapse.largestShare")?.observations ?? Infinity;
    });
    expect(needed).toEqual(needed.toSorted((a, b) => a - b));
    expect(needed.every(Number.isFinite)).toBe(true);
  });

  test("is none for labels and confidences of an unknown dependence, and the same for errors and latency", () => {
    const rows = powerOf(optionsOf(undefined));
    const independent = powerOf(optionsOf("independent"));
    const ofAnswers = /^(error_rate_spike|latency_spike)\./;
    for (const { limit, observations } of rows) {
      if (!ofAnswers.test(limit)) expect(observations, limit).toBeNull();
      else expect(observations, limit).toBe(independent.find((row) => row.limit === limit)?.observations);
    }
    // A deviation may come of one answer in hundreds at the end of the scale: no test proves the contrary soon.
    expect(independent.filter(({ observations }) => observations === null).map(({ limit }) => limit)).toEqual([
      "constant_output.std",
    ]);
  });
});

describe("what a watch can see of one symbol", () => {
  const BY_SYMBOL = { ...DEFAULT_POLICY, segments: { by: "symbol" as const } };
  const FAULTS = {
    "one label": ({ confidence }: ModelReading) => prediction({ action: "BUY", confidence, latencyMs: 20 }),
    "one confidence": ({ action }: ModelReading) => prediction({ action, confidence: 0.5, latencyMs: 20 }),
    "no answer": () => prediction({ nonPrediction: "inactive: model_missing", voted: false, action: null }),
  } as const;
  const kindOf = (persistence: number): Kind => ({ share: 0.35, persistence, symbols: 4, burst: 1 });

  test.each(
    [0, 0.4, 0.6].flatMap((persistence) =>
      (["one label", "one confidence", "no answer"] as const).map((fault) => [fault, persistence] as const),
    ),
  )("%s: is what a simulated watch needs, persistence %d, at once and late (seeds 81 to 83)", (fault, persistence) => {
    const kind = kindOf(persistence);
    const options = { ...optionsOf(measured(some(stream(kind, seeded(81)), BASELINE))), policy: BY_SYMBOL };
    const stated = powerOfSymbols(options, "m", 4, 1000).find((row) => row.fault === fault && row.label !== "HOLD");
    const needed = (healthy: number): number | null => {
      const monitor = new SequentialMonitor(options);
      for (const { reading, occasion } of some(stream(kind, seeded(82)), healthy)) monitor.take([reading], occasion);
      let [n, own] = [0, 0];
      for (const { reading, occasion } of some(stream(kind, seeded(83)), 4 * 1000)) {
        n += 1;
        const isDead = occasion.symbol === "S1";
        if (isDead) own += 1;
        monitor.take([isDead ? FAULTS[fault](reading) : reading], { ...occasion, ms: (healthy + n) * EVERY_MS });
        if (monitor.conclusive().some(({ check }) => check === "segment_collapse")) return own;
      }
      return null;
    };
    for (const [found, said] of [
      [needed(0), stated?.decisions],
      [needed(4 * 512), stated?.late],
    ] as const) {
      if (said === null) expect(found ?? Infinity).toBeGreaterThan(500);
      // The label that is found last is stated, and the first answer of a symbol follows none.
      else expect(Math.abs((found ?? Infinity) - (said ?? 0))).toBeLessThanOrEqual(0.1 * (said ?? 0) + 2);
    }
  });

  test("counts decisions of the symbol, and time at its pace", () => {
    const kind = kindOf(0);
    const options = { ...optionsOf(measured(some(stream(kind, seeded(84)), BASELINE))), policy: BY_SYMBOL };
    const [power] = powerOfWatch(options, 6 * 3600_000);
    const frozen = power?.symbols?.rows.find(({ fault }) => fault === "one confidence");
    expect(power?.symbols).toMatchObject({ decides: true, known: 4 });
    // Each of four symbols decides every four seconds.
    expect(((frozen?.minutes ?? 0) * 60_000) / (4 * EVERY_MS)).toBeCloseTo(frozen?.decisions ?? 0, 1);
    expect(powerOfWatch(options, 60_000)[0]?.symbols?.rows.every(({ decisions }) => decisions === null)).toBe(true);
    expect(powerOfWatch(optionsOf("independent"), 1e9)[0]?.symbols).toMatchObject({ decides: false, known: null });
  });

  test("takes more decisions where more than 32 symbols share the budget", () => {
    const options = optionsOf("independent");
    const few = powerOfSymbols(options, "m", 32);
    expect(powerOfSymbols(options, "m")).toEqual(few);
    for (const [at, { decisions }] of powerOfSymbols(options, "m", 33).entries())
      if (few[at]?.decisions !== null) expect(decisions).toBeGreaterThan(few[at]?.decisions ?? Infinity);
  });
});

test("a watch in bursts continues from a state at any decision as if it had never stopped", () => {
  const kind = { share: 0.6, persistence: 0.4, symbols: 12, burst: 4 };
  const options = optionsOf(measured(some(stream(kind, seeded(71)), BASELINE)));
  fc.assert(
    fc.property(fc.nat(), fc.nat(100), fc.nat(60), (seed, before, after) => {
      const answers = [...some(stream(kind, seeded(seed)), before + after)];
      const whole = new SequentialMonitor(options);
      for (const { reading, occasion } of answers) whole.take([reading], occasion);
      const first = new SequentialMonitor(options);
      for (const { reading, occasion } of answers.slice(0, before)) first.take([reading], occasion);
      const resumed = SequentialMonitor.restore(options, JSON.parse(JSON.stringify(first.state())));
      for (const { reading, occasion } of answers.slice(before)) resumed.take([reading], occasion);
      expect(resumed.state()).toEqual(whole.state());
    }),
    { numRuns: 25 },
  );
});

test("what a watch sees in time depends on its length, and on the rate of its stream", () => {
  const kind = { share: 0.35, persistence: 0.4, symbols: 4, burst: 1 };
  const options = optionsOf(measured(some(stream(kind, seeded(75)), BASELINE)));
  const key = "action_collapse.largestShare";
  const late = powerOf(options).find(({ limit }) => limit === key)?.late ?? 0;
  expect(late).toBeGreaterThan(0);
  // One decision a second, and half of the watch to find it in.
  const [short] = powerOfWatch(options, 2 * (late - 1) * EVERY_MS);
  const [long] = powerOfWatch(options, 2 * (late + 1) * EVERY_MS);
  if (short === undefined || long === undefined) throw new Error("nothing is stated");
  expect(seenInTime(short).has(key)).toBe(false);
  expect(seenInTime(long).has(key)).toBe(true);
  expect(seenInTime(long, EVERY_MS).has(key)).toBe(true);
  expect(seenInTime(long, 1.1 * EVERY_MS).has(key)).toBe(false);
  // Without a rate, nothing is.
  expect(powerOfWatch(optionsOf("independent"), 1e9).flatMap((power) => [...seenInTime(power)])).toEqual([]);
});

test("of many labels, an entropy that is too low is left to the point estimate: no test knows which labels are left", () => {
  const NAMES = Array.from({ length: 30 }, (_, at) => `L${at}`);
  const options = {
    ...optionsOf("independent"),
    policy: { ...DEFAULT_POLICY, labels: { acting: NAMES, abstaining: [] } },
    baselines: new Map([
      ["m", { predictions: 9, nonPredictions: 0, latencyP95Ms: 40, entropy: 0.9, dependence: "independent" as const }],
    ]),
  };
  const rows = powerOf(options).filter(({ check }) => check === "action_collapse");
  expect(rows.map(({ limit, fault, late }) => [limit, fault, late === null])).toEqual([
    ["action_collapse.largestShare", "always L0", false],
    ["action_collapse.entropy", "few of the labels", true],
    ["action_collapse.entropyRatio", "few of the labels", true],
  ]);
  expect(powerOf(optionsOf("independent")).some(({ limit }) => limit === "action_collapse.entropy")).toBe(false);
});
