import type { ModelSegments, Policy } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICY,
  EntryMonitor,
  FALSE_ALARM_BUDGET,
  judgePredictions,
  parsePolicy,
  RecentDecisions,
  segmentsOf,
  SequentialMonitor,
  type PlainPrediction,
} from "../src/index.js";
import { segmentCollapse } from "../src/checks/model/segment-collapse.js";
import { segmentThreshold } from "../src/segments/budget.js";
import { worseOf } from "../src/segments/worse-segments.js";
import { SegmentMonitor } from "../src/segments/segment-monitor.js";
import { intent, prediction, seeded } from "./support.js";
import { refused } from "./support-options.js";

const BY_SYMBOL: Policy = { ...DEFAULT_POLICY, segments: { by: "symbol" } };
const LABELS = ["BUY", "SELL", "HOLD"] as const;
const SYMBOLS = ["AAA", "BBB", "CCC", "DDD"] as const;

const NO_SEGMENTS: ModelSegments = {
  by: "symbol",
  decides: true,
  rows: [],
  needed: null,
  withoutSymbol: 0,
  further: 0,
};

interface Answer {
  readonly label: string | null;
  readonly confidence: number;
}
type Of = (symbol: string, random: () => number, n: number) => Answer;

/** Answers that do not depend on those before. */
const healthy: Of = (_, random) => ({ label: LABELS[Math.floor(random() * 3)] ?? "HOLD", confidence: random() });

/** Healthy answers, of which a share repeats the symbol's previous one: labels, and confidences half as often. */
function sticky(persistence: number, lean = 1 / 3): Of {
  const before = new Map<string, Answer>();
  return (symbol, random) => {
    const last = before.get(symbol);
    const isLeaning = random() < lean;
    const fresh = isLeaning ? "BUY" : random() < 0.5 ? "SELL" : "HOLD";
    const label = last !== undefined && random() < persistence ? last.label : fresh;
    const again = last !== undefined && random() < persistence / 2;
    const answer = { label, confidence: again ? last.confidence : random() };
    before.set(symbol, answer);
    return answer;
  };
}

/** Predictions of the symbols in turn. */
function predictions(n: number, of: Of, seed: number, symbols: readonly string[] = SYMBOLS): PlainPrediction[] {
  const random = seeded(seed);
  return Array.from({ length: n }, (_, index) => {
    const symbol = symbols[index % symbols.length] ?? "AAA";
    return { symbol, ...of(symbol, random, index) };
  });
}

const dead =
  (symbol: string, answer: (n: number) => Partial<Answer>): Of =>
  (asked, random, n) => ({ ...healthy(asked, random, n), ...(asked === symbol ? answer(n) : {}) });

const statusOf = (segments: ModelSegments | undefined) =>
  Object.fromEntries(
    (segments?.rows ?? []).map(({ symbol, status, fault }) => [symbol, status === "violation" ? fault : status]),
  );

describe("a model that is dead for one of four symbols", () => {
  test.each<[string, (n: number) => Partial<Answer>, string]>([
    ["one answer", () => ({ label: "HOLD", confidence: 0.6 }), "one confidence"],
    ["almost one confidence", (n) => ({ confidence: 0.6 + (n % 8) * 1e-4 }), "one confidence"],
    ["no answer", () => ({ label: null }), "no answer"],
  ])("is named, and fails where the policy says so: %s", async (_, answer, fault) => {
    const given = predictions(800, dead("BBB", answer), 5);
    const informed = await judgePredictions(given);
    expect(informed.checks.some(({ id }) => id === "segment_collapse")).toBe(false);
    expect(informed.segments).toMatchObject({ by: "symbol", decides: false, withoutSymbol: 0, further: 0 });
    expect(statusOf(informed.segments)).toEqual({ AAA: "pass", BBB: fault, CCC: "pass", DDD: "pass" });

    const judged = await judgePredictions(given, { policy: BY_SYMBOL });
    expect(judged.verdict).toBe("fail");
    const check = judged.checks.find(({ id }) => id === "segment_collapse");
    expect(check).toMatchObject({ status: "violation", value: 1, limit: 0, n: 4 });
    expect(check?.reason).toMatch(/^the model is dead for BBB \(/);
  });

  test("a constant label with confidences that vary takes hundreds of decisions of the symbol", async () => {
    const of = dead("BBB", () => ({ label: "BUY" }));
    const status = async (n: number) => statusOf((await judgePredictions(predictions(n, of, 6))).segments)["BBB"];
    expect(await status(400)).toBe("pass");
    expect(await status(4000)).toBe("one label");
  });
});

test("a model that is frozen at another answer for each symbol passes as a whole, and is dead for each symbol", async () => {
  const frozen: Of = (symbol) => {
    const at = SYMBOLS.indexOf(symbol as (typeof SYMBOLS)[number]);
    return { label: LABELS[at % 3] ?? "HOLD", confidence: 0.2 + 0.2 * at };
  };
  const given = predictions(2000, frozen, 1);
  expect((await judgePredictions(given)).verdict).toBe("pass");
  const judged = await judgePredictions(given, { policy: BY_SYMBOL });
  expect(judged.reasons).toEqual([
    expect.stringMatching(/^segment_collapse: the model is dead for AAA .*, BBB .*, CCC .*, DDD/),
  ]);
});

describe("what symbols do not tell", () => {
  const check = async (given: readonly PlainPrediction[]) =>
    (await judgePredictions(given, { policy: BY_SYMBOL })).checks.find(({ id }) => id === "segment_collapse");

  test("a symbol with too few decisions is neither good nor bad", async () => {
    const few = [
      ...predictions(800, healthy, 2),
      ...predictions(5, () => ({ label: "BUY", confidence: 0.5 }), 3, ["NEW"]),
    ];
    expect((await judgePredictions(few)).segments?.rows.find(({ symbol }) => symbol === "NEW")).toMatchObject({
      status: "unknown",
      open: "too few decisions",
    });
    expect(await check(few)).toMatchObject({
      status: "pass",
      n: 4,
      reason: "the model is not dead for any of 4 symbols; 1 symbol has too few decisions to tell",
    });
  });

  test("if every symbol has too few decisions, nothing is known", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `S${index}`);
    expect(await check(predictions(240, healthy, 2, names))).toMatchObject({
      status: "unknown",
      n: 0,
      reason: expect.stringMatching(
        /^no symbol has enough decisions: one frozen answer shows after \d+ decisions of it$/,
      ),
    });
  });

  test("decisions without a symbol are unknown, waived by nothing", async () => {
    const given = predictions(800, healthy, 2).map(({ symbol, ...rest }, index) =>
      index === 7 ? rest : { symbol, ...rest },
    );
    expect(await check(given as PlainPrediction[])).toMatchObject({
      status: "unknown",
      waived: false,
      reason: "decisions that name no symbol: 1",
    });
    expect(await check([])).toMatchObject({ status: "unknown" });
  });

  test("symbols beyond the first 256 are counted, and unknown", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `S${index}`);
    const given = predictions(3000, healthy, 2, names);
    const { segments } = await judgePredictions(given);
    expect([segments?.rows.length, segments?.further]).toEqual([256, 440]);
    expect((await check(given))?.reason).toContain("of symbols beyond the first 256, which are not tested: 440");
  });

  test("without any symbol there is no table, unless the policy lets symbols decide", async () => {
    const given = predictions(300, healthy, 2).map(({ label, confidence }) => ({ label, confidence }));
    expect((await judgePredictions(given)).segments).toBeUndefined();
    expect(await check(given)).toMatchObject({ status: "unknown", reason: "decisions that name no symbol: 300" });
  });

  test("a symbol that is not a text is refused", async () => {
    for (const symbol of [7, "", null, {}])
      await refused(
        () => judgePredictions([{ label: "BUY", confidence: 0.5, symbol: symbol as never }]),
        "predictions[0].symbol",
      );
  });
});

describe("segments of a stream", () => {
  /** Decisions of one model, 20 s apart, the symbols in turn. */
  const stream = (n: number, of: Of, seed: number) =>
    predictions(n, of, seed).map(({ symbol, label, confidence }, index) =>
      intent(index * 20, label === null ? [] : [prediction({ action: label, confidence })], { symbol: symbol ?? null }),
    );
  const recent = (intents: ReturnType<typeof stream>): RecentDecisions => {
    const kept = new RecentDecisions(DEFAULT_POLICY);
    for (const each of intents) kept.add(each);
    return kept;
  };
  const none = (): RecentDecisions => new RecentDecisions(DEFAULT_POLICY);
  const of = (distinct: RecentDecisions, repeats = none(), unread = 0) =>
    segmentsOf({ distinct, repeats, unread }, BY_SYMBOL, ["m"]).get("m");

  test("are the same, in whatever parts and order it was read", () => {
    const intents = stream(
      600,
      dead("CCC", () => ({ confidence: 0.4 })),
      9,
    );
    const whole = of(recent(intents));
    expect(statusOf(whole)).toEqual({ AAA: "pass", BBB: "pass", CCC: "one confidence", DDD: "pass" });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 599 }), { maxLength: 5 }), fc.boolean(), (cuts, isReversed) => {
        const at = [0, ...new Set(cuts.sort((a, b) => a - b)), 600];
        const parts = at.slice(1).map((end, index) => recent(intents.slice(at[index], end)).state());
        const joined = none();
        for (const part of isReversed ? parts.reverse() : parts) joined.take(part);
        expect(of(joined)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test("count entries that repeat a decision where they are worse: a frozen answer looks like a repetition", () => {
    const intents = stream(
      600,
      dead("CCC", () => ({ confidence: 0.4 })),
      9,
    );
    const isRepeated = (index: number): boolean => index % 4 === 2 && index > 40;
    const distinct = intents.filter((_, index) => !isRepeated(index));
    const repeats = intents.filter((_, index) => isRepeated(index));
    expect(statusOf(of(recent(distinct)))["CCC"]).toBe("unknown");
    expect(statusOf(of(recent(distinct), recent(repeats)))["CCC"]).toBe("one confidence");
  });

  /** One decision of another symbol a long time ago, which entries repeat again and again. */
  const stuck = (symbol: string | null, answer: { readonly action: string; readonly confidence: number }, n: number) =>
    recent(Array.from({ length: n }, (_, index) => intent(index * 20 + 5, [prediction(answer)], { symbol })));

  test("name a symbol of which all newest entries are repetitions: it is dead, or not known to be sound", () => {
    const distinct = recent(stream(600, healthy, 9));
    const frozen = of(distinct, stuck("ZZZ", { action: "HOLD", confidence: 0.4 }, 60));
    expect(statusOf(frozen)).toEqual({ AAA: "pass", BBB: "pass", CCC: "pass", DDD: "pass", ZZZ: "one confidence" });
    expect(segmentCollapse(frozen ?? NO_SEGMENTS)).toMatchObject({ status: "violation", value: 1, n: 5 });

    const few = of(distinct, stuck("AAB", { action: "HOLD", confidence: 0.4 }, 3));
    expect(few?.rows.map(({ symbol, open }) => [symbol, open])).toEqual([
      ["AAA", null],
      ["AAB", "too few decisions"],
      ["BBB", null],
      ["CCC", null],
      ["DDD", null],
    ]);
    const alive = stream(200, healthy, 3).map((each, index) => ({ ...each, id: intent(index, []).id, symbol: "ZZZ" }));
    expect(of(distinct, recent(alive))?.rows.at(-1)).toMatchObject({
      symbol: "ZZZ",
      status: "unknown",
      open: "too few decisions",
    });
  });

  test("are unknown where only repeated entries name no symbol, or one beyond the first 256", () => {
    const distinct = recent(stream(600, healthy, 9));
    const unnamed = of(distinct, stuck(null, { action: "HOLD", confidence: 0.4 }, 7));
    expect(unnamed).toMatchObject({ withoutSymbol: 7, further: 0 });
    expect(segmentCollapse(unnamed ?? NO_SEGMENTS)).toMatchObject({
      status: "unknown",
      reason: "decisions that name no symbol: 7",
    });
    const names = recent(Array.from({ length: 300 }, (_, index) => intent(-index, [], { symbol: `S${index}` })));
    const many = of(distinct, names);
    // The first 256 of all entries, and the four of distinct decisions.
    expect([many?.rows.length, many?.further]).toEqual([260, 644]);
    expect(segmentCollapse(many ?? NO_SEGMENTS)).toMatchObject({
      status: "unknown",
      reason: expect.stringMatching(/^decisions of symbols beyond the first 256, which are not tested: 644$/),
    });
    // What distinct decisions say of themselves is not counted twice.
    const once = stuck(null, { action: "HOLD", confidence: 0.4 }, 5);
    expect(of(once, once)).toMatchObject({ withoutSymbol: 5 });
  });

  test("a symbol that passes in distinct decisions does not become open because repetitions of others push it out", () => {
    const rare = stream(60, healthy, 4).map((each) => ({ ...each, symbol: "RARE" }));
    const others = Array.from({ length: 4086 }, (_, index) =>
      intent(10_000 + index, [prediction({ action: LABELS[index % 3] ?? "HOLD", confidence: (index * 0.618) % 1 })], {
        symbol: "AAA",
      }),
    );
    // Of the newest 4,096 entries, 10 are of the symbol.
    const [distinct, repeats] = [recent([...rare, ...others.slice(0, 24)]), recent(others.slice(24))];
    expect(of(recent([...rare.slice(-10), ...others]))?.rows.at(-1)?.open).toBe("too few decisions");
    expect(statusOf(of(distinct, repeats))).toEqual({ AAA: "pass", RARE: "pass" });
  });

  test("the worse of two rows counts: dead, then what unread entries may hide; too few are no worse than a pass", () => {
    const [row] = of(recent(stream(600, healthy, 9)))?.rows ?? [];
    if (row === undefined) throw new Error("there is no row");
    const worst = ["dead", "unread entries", "pass", "too few decisions"] as const;
    const as = (what: (typeof worst)[number]): ModelSegments => {
      const status = what === "dead" ? "violation" : what === "pass" ? "pass" : "unknown";
      const open = what === "unread entries" || what === "too few decisions" ? what : null;
      return { ...NO_SEGMENTS, rows: [{ ...row, status, open }] };
    };
    for (const [at, what] of worst.entries())
      for (const [index, other] of worst.entries()) {
        const [found] = worseOf(as(what), as(other)).rows;
        const expected = index < at && index < 2 ? other : what;
        expect([what, other, found]).toEqual([what, other, as(expected).rows[0]]);
      }
    expect(worseOf({ ...NO_SEGMENTS, further: 3 }, { ...NO_SEGMENTS, further: 9 }).further).toBe(3);
  });

  test("a publisher that writes each decision twice does not make a sound model dead", () => {
    const intents = stream(600, healthy, 9);
    expect(Object.values(statusOf(of(recent(intents), recent(intents))))).toEqual(["pass", "pass", "pass", "pass"]);
  });

  test("entries that could not be read may hide that a model is dead", () => {
    const intents = stream(
      100,
      dead("CCC", () => ({ confidence: 0.4 })),
      9,
    ).slice(0, 60);
    const open = (unread: number) =>
      of(recent(intents), none(), unread)?.rows.find(({ symbol }) => symbol === "CCC")?.open;
    expect([open(0), open(1), open(60)]).toEqual(["too few decisions", "too few decisions", "unread entries"]);
  });
});

describe("a watch by symbol", () => {
  const options = (policy: Policy) => ({
    policy,
    models: ["m", "other"],
    baselines: new Map(
      ["m", "other"].map((model) => [
        model,
        { predictions: 4000, nonPredictions: 0, latencyP95Ms: 10, dependence: "independent" as const },
      ]),
    ),
  });
  const decisions = (n: number, of: Of, seed: number) =>
    predictions(n, of, seed).map(({ symbol = null, label, confidence }, index) => ({
      readings: [
        prediction({ action: label, confidence }),
        prediction({ model: "other", action: LABELS[index % 3] ?? null, confidence: (index * 0.618) % 1 }),
      ],
      occasion: { ms: index * 1000, symbol },
    }));
  const frozen = dead("DDD", () => ({ label: "SELL", confidence: 0.5 }));

  test("names the model and the symbol, once it is proven, and only where the policy lets symbols decide", () => {
    const [deciding, informing] = [
      new SequentialMonitor(options(BY_SYMBOL)),
      new SequentialMonitor(options(DEFAULT_POLICY)),
    ];
    let found = 0;
    for (const [index, { readings, occasion }] of decisions(400, frozen, 4).entries()) {
      if (deciding.take(readings, occasion)) found ||= index + 1;
      informing.take(readings, occasion);
    }
    expect(found / 4).toBeLessThanOrEqual(25);
    expect(deciding.conclusive()).toEqual([
      expect.objectContaining({ model: "m", check: "segment_collapse", symbol: "DDD", since: found / 4 }),
    ]);
    expect(informing.conclusive()).toEqual([]);
    expect(informing.findings().some(({ check }) => check === "segment_collapse")).toBe(false);
    expect(statusOf(informing.segments().get("m"))).toEqual({
      AAA: "pass",
      BBB: "pass",
      CCC: "pass",
      DDD: "one confidence",
    });
    expect(new EntryMonitor(options(BY_SYMBOL), deciding).proven()).toEqual([
      expect.stringMatching(/^m: segment_collapse: DDD: a violation is proven since answer \d+; evidence is 10\^/),
    ]);
  });

  test("continues from its state, at whatever decision it was saved, as if it had never stopped", () => {
    const all = decisions(200, frozen, 4);
    const uninterrupted = new EntryMonitor(options(BY_SYMBOL));
    for (const { readings, occasion } of all) uninterrupted.take(readings, occasion);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (at) => {
        const first = new EntryMonitor(options(BY_SYMBOL));
        for (const { readings, occasion } of all.slice(0, at)) first.take(readings, occasion);
        const second = EntryMonitor.restore(options(BY_SYMBOL), JSON.parse(JSON.stringify(first.state())));
        for (const { readings, occasion } of all.slice(at)) second.take(readings, occasion);
        expect(second.state()).toEqual(uninterrupted.state());
        expect(second.segments()).toEqual(uninterrupted.segments());
      }),
      { numRuns: 20 },
    );
  });

  test("a state of an earlier version, without symbols, continues; they are tested from there on", () => {
    const first = new SequentialMonitor(options(DEFAULT_POLICY));
    const all = decisions(200, frozen, 4);
    for (const { readings, occasion } of all.slice(0, 100)) first.take(readings, occasion);
    const { segments, ...earlier } = first.state();
    expect(segments?.symbols).toHaveLength(4);
    const second = SequentialMonitor.restore(options(DEFAULT_POLICY), JSON.parse(JSON.stringify(earlier)));
    expect(second.segments().get("m")?.rows).toEqual([]);
    for (const { readings, occasion } of all.slice(100)) second.take(readings, occasion);
    expect(second.decisions).toBe(200);
    expect(second.segments().get("m")?.rows[0]?.decisions).toBe(25);
  });

  test("a state that was not written so is refused", () => {
    const { segments, ...rest } = new SequentialMonitor(options(BY_SYMBOL)).state();
    for (const broken of [
      null,
      [],
      { ...segments, symbols: ["AAA"] },
      { ...segments, models: [] },
      { ...segments, further: -1 },
    ])
      expect(() => SequentialMonitor.restore(options(BY_SYMBOL), { ...rest, segments: broken })).toThrow(
        expect.objectContaining({ code: "evidence_unusable" }),
      );
  });

  /** The state of one symbol, as JSON, in which a value is replaced. */
  const tampered = (...[at, value]: readonly [at: readonly number[], value: unknown]): unknown => {
    const watch = new SequentialMonitor(options(BY_SYMBOL));
    for (const { readings, occasion } of decisions(200, frozen, 4)) watch.take(readings, occasion);
    const state = JSON.parse(JSON.stringify(watch.state())) as { segments: { models: unknown[][] } };
    let list = state.segments.models[0]?.[3] as unknown[];
    for (const index of at.slice(0, -1)) list = list[index] as unknown[];
    list[at.at(-1) ?? 0] = value;
    return state;
  };

  test.each<[string, readonly number[], unknown]>([
    ["more predictions than decisions", [0, 1], 51],
    ["more pairs than predictions", [0, 3], 51],
    ["more unchanged confidences than pairs", [0, 2], 50],
    ["labels of more than the predictions", [1, 0, 1], 51],
    [
      "one label twice",
      [1],
      [
        ["SELL", 1],
        ["SELL", 2],
      ],
    ],
    ["a label that is none of the policy", [1, 0, 0], "OTHER"],
    ["proven after more decisions than there were", [5], 51],
    ["proven before the first decision", [5], 0],
    ["evidence of more answers than decisions", [4, 2, 0], 51],
    ["a wealth that is no number", [4, 0, 1], null],
    [
      "a test of two faults only",
      [4],
      [
        [0, 0.25, 0.25],
        [0, 0.25, 0.25],
      ],
    ],
    ["a leading confidence that is none", [3, 0], 2],
  ])("a state whose numbers contradict each other is refused: %s", (_, at, value) => {
    expect(() => SequentialMonitor.restore(options(BY_SYMBOL), tampered([0, 0], 50))).not.toThrow();
    expect(() => SequentialMonitor.restore(options(BY_SYMBOL), tampered(at, value))).toThrow(
      expect.objectContaining({ code: "evidence_unusable" }),
    );
  });

  test("holds at most 256 symbols, however many a stream names", () => {
    const watch = new SequentialMonitor(options(DEFAULT_POLICY));
    for (let n = 0; n < 1000; n += 1) watch.take([], { ms: n * 1000, symbol: `S${n}` });
    expect(watch.state().segments).toMatchObject({ further: 744 });
    expect(watch.state().segments?.symbols).toHaveLength(256);
  });
});

describe("false alarms", () => {
  test("the parts of all segments add up to at most the budget", () => {
    const parts = Array.from({ length: 256 }, (_, index) => Math.exp(-segmentThreshold(FALSE_ALARM_BUDGET, index)));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(FALSE_ALARM_BUDGET);
  });

  test.each([0, 0.2, 0.4, 0.6, 0.8])(
    "no sound model of 100 is dead for a symbol, at persistence %s within a symbol and labels that lean (seeds 1 to 100)",
    async (persistence) => {
      const alarms: number[] = [];
      for (let seed = 1; seed <= 100; seed += 1) {
        const given = predictions(800, sticky(persistence, 0.66), seed);
        const { segments } = await judgePredictions(given);
        if (segments?.rows.some(({ status }) => status === "violation") === true) alarms.push(seed);
      }
      expect(alarms).toEqual([]);
    },
  );

  test.each([0, 0.4, 0.8])(
    "none of 25 models at the limits themselves is dead for a symbol, at persistence %s (seeds 1 to 25)",
    async (persistence) => {
      /** BUY in 95 %, one confidence in half, and both repeat the symbol's previous answer as often as they persist. */
      const atTheLimits = (): Of => {
        const before = new Map<string, Answer>();
        return (symbol, random) => {
          const last = before.get(symbol);
          if (last !== undefined && random() < persistence) return last;
          const label = random() < 0.95 ? "BUY" : random() < 0.5 ? "SELL" : "HOLD";
          const answer = { label, confidence: random() < 0.5 ? 0.5 : random() };
          before.set(symbol, answer);
          return answer;
        };
      };
      const alarms: number[] = [];
      for (let seed = 1; seed <= 25; seed += 1) {
        const { segments } = await judgePredictions(predictions(2000, atTheLimits(), seed));
        if (segments?.rows.some(({ status }) => status === "violation") === true) alarms.push(seed);
      }
      expect(alarms).toEqual([]);
    },
  );

  test("no other answers are as strong evidence as one that never changes (property)", () => {
    const monitorOf = (answers: readonly number[]) => {
      const monitor = new SegmentMonitor({
        policy: DEFAULT_POLICY,
        models: ["m"],
        dependence: () => "independent",
        alpha: 0.01,
      });
      for (const confidence of answers)
        monitor.take("AAA", [{ predicts: true, label: null, confidence: confidence / 10, latencyMs: null }]);
      return monitor.segments().get("m")?.rows[0]?.log10 ?? 0;
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }), (answers) => {
        const frozen = answers.map(() => answers[0] ?? 0);
        expect(monitorOf(frozen)).toBeGreaterThanOrEqual(monitorOf(answers) - 1e-9);
      }),
    );
  });
});

describe("the policy file", () => {
  test("lets symbols decide", async () => {
    expect((await parsePolicy("segments: {by: symbol}", "p")).segments).toEqual({ by: "symbol" });
    expect((await parsePolicy("maxAge: 5m", "p")).segments).toBeUndefined();
  });

  test.each([
    ["segments: symbol", 'segments must be a mapping of keys to values, not "symbol"'],
    ["segments: {by: model}", 'segments.by = "model" must be symbol'],
    ["segments: {}", "segments.by = nothing must be symbol"],
    ["segments: {by: symbol, most: 5}", "'segments.most' is unknown; known are by"],
  ])("refuses %s", async (text, message) => {
    await expect(parsePolicy(text, "p")).rejects.toMatchObject({
      code: "invalid_policy",
      message: expect.stringContaining(message) as string,
    });
  });

  test("and a policy built by hand is checked as well", async () => {
    const policy = { ...DEFAULT_POLICY, segments: { by: "model" } } as unknown as Policy;
    await refused(() => judgePredictions([], { policy }), "policy.segments.by");
  });
});
