import type { WatchProgress } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONGEST_SILENCE_SECONDS } from "../../src/operation/bounds.js";
import type { WatchDecision, WatchEvent } from "../../src/watch/events.js";
import { begin, reduce, type WatchRules, type WatchState } from "../../src/watch/reducer.js";

const BOOT = "boot-1";
const RULES: WatchRules = { intervalMs: 30_000, stay: false, hasWholeVote: false };
const PROGRESS: WatchProgress = {
  cutover: "2026-01-01T00:00:00.000Z",
  startedAt: "2026-01-01T00:00:00.000Z",
  cursor: null,
  watchedMs: 0,
  durationMs: 60_000,
  judgements: 0,
  events: 0,
  lastJudgedAt: null,
  stamp: { boot: BOOT, monotonicMs: 0, uptimeMs: 0 },
  worst: [],
};

type Of<Kind extends WatchEvent["kind"]> = Extract<WatchEvent, { readonly kind: Kind }>;

/** Everything was read, and there is something new. */
function read(atMs: number, changes: Partial<Of<"read">> = {}): Of<"read"> {
  return {
    kind: "read",
    violations: [],
    now: { boot: BOOT, monotonicMs: atMs, uptimeMs: atMs },
    cursor: null,
    counted: 0,
    mark: null,
    hasNews: true,
    caughtUp: true,
    outage: null,
    leaseRuns: true,
    ...changes,
  };
}

const NOTHING = { margins: [], evidence: [] };

function judged(changes: Partial<Of<"judged">> = {}): Of<"judged"> {
  return {
    kind: "judged",
    at: "2026-01-01T00:00:01.000Z",
    violations: [],
    unproven: [],
    worst: [],
    seen: NOTHING,
    ...changes,
  };
}

const guarded: WatchEvent = { kind: "guarded", violation: null };
const remembered: WatchEvent = { kind: "remembered", atMs: 0 };
const renewed: WatchEvent = { kind: "renewed", held: true };
const reported: WatchEvent = { kind: "reported" };

interface Played {
  readonly state: WatchState;
  readonly decisions: readonly WatchDecision[];
}

/** Feeds events in order, whatever is decided in between. */
function play(
  events: readonly WatchEvent[],
  rules: WatchRules = RULES,
  from: WatchState = begin("canary", PROGRESS),
): Played {
  let state = from;
  const decisions = events.map((event) => {
    const step = reduce(state, event, rules);
    state = step.state;
    return step.decision;
  });
  return { state, decisions };
}

function last({ decisions }: Played): WatchDecision | undefined {
  return decisions.at(-1);
}

function kinds({ decisions }: Played): readonly string[] {
  return decisions.map(({ kind }) => kind);
}

describe("a turn", () => {
  test("judges, checks that a rollback is possible, remembers, renews and reports, in this order", () => {
    expect(kinds(play([read(1000), judged(), guarded, remembered, renewed, reported]))).toEqual([
      "judge",
      "guard",
      "remember",
      "renew",
      "report",
      "read",
    ]);
  });

  test("without anything new judges only when the interval is over", () => {
    const turn = [read(1000), judged(), guarded, remembered, renewed, reported];
    expect(kinds(play([...turn, read(30_999, { hasNews: false })])).at(-1)).toBe("guard");
    expect(kinds(play([...turn, read(31_000, { hasNews: false })])).at(-1)).toBe("judge");
  });

  test("without a judgement writes nothing, but renews as far as the last judgement allows", () => {
    expect(kinds(play([read(1000, { caughtUp: false }), guarded, renewed, reported]))).toEqual([
      "guard",
      "renew",
      "report",
      "read",
    ]);
  });

  test("writes the state at most every five seconds", () => {
    const written = play([read(1000), judged(), guarded, { kind: "remembered", atMs: 1000 }, renewed, reported]).state;
    expect(kinds(play([read(5999), judged(), guarded], RULES, written)).at(-1)).toBe("renew");
    expect(kinds(play([read(6000), judged(), guarded], RULES, written)).at(-1)).toBe("remember");
  });

  test("of a watch that has just begun judges at once, news or not", () => {
    expect(kinds(play([read(0, { hasNews: false })]))).toEqual(["judge"]);
  });
});

describe("what is read", () => {
  const mark = { kind: "stream", id: "7-0", added: 7, firstId: "1-0", endId: "7-0", deletedId: null } as const;

  test("counts entries once, up to the newest", () => {
    const { state } = play([
      read(1000, { cursor: "5-0", counted: 3 }),
      judged(),
      read(2000, { cursor: "7-0", counted: 2 }),
    ]);
    expect(state.progress).toMatchObject({ cursor: "7-0", events: 5 });
  });

  test("does not move the cursor for an earlier run's entries", () => {
    const from = begin("canary", { ...PROGRESS, cursor: "9-0", events: 12 });
    expect(play([read(1000, { cursor: "7-0", counted: 0 })], RULES, from).state.progress).toMatchObject({
      cursor: "9-0",
      events: 12,
    });
  });

  test("keeps the source's mark only with its own entry", () => {
    const kept = play([read(1000, { cursor: "7-0", counted: 1, mark })]).state.progress;
    expect(kept.mark).toBe(mark);
    expect(play([read(1000, { cursor: "8-0", counted: 1, mark })]).state.progress).not.toHaveProperty("mark");
    expect(
      play([read(1000, { cursor: "8-0", counted: 1 })], RULES, begin("canary", kept)).state.progress,
    ).not.toHaveProperty("mark");
  });

  test.each([
    ["incomplete telemetry", { caughtUp: false }],
    ["telemetry during an outage", { outage: "connection refused" }],
  ])("%s is not judged", (_what, changes) => {
    expect(kinds(play([read(1000, changes)]))).toEqual(["guard"]);
  });
});

describe("a watch ends in a violation", () => {
  const tooLongMs = LONGEST_SILENCE_SECONDS * 1000;
  const turn = [read(1000), judged(), guarded, remembered, renewed, reported];

  test.each<readonly [what: string, events: readonly WatchEvent[], said: RegExp]>([
    ["found by the judgement", [read(1000), judged({ violations: ["m: constant_output: frozen"] })], /frozen/],
    [
      "when a rollback is not possible",
      [read(1000), judged(), { kind: "guarded", violation: "dead-man: gone" }],
      /dead-man: gone/,
    ],
    [
      "when the lease has run out at its renewal",
      [read(1000), judged(), guarded, remembered, { kind: "renewed", held: false }],
      /lease ran out/,
    ],
    ["when the lease has run out before", [read(1000, { leaseRuns: false })], /lease ran out/],
    [
      "when the source could not be read for too long",
      [...turn, read(1000 + tooLongMs, { outage: "connection refused", caughtUp: false })],
      /could not be read for 1 min 30 s: connection refused/,
    ],
    ["when it was not judged for too long, whatever is read now", [...turn, read(1000 + tooLongMs)], /lease ran out/],
    ["when the state file cannot be trusted", [{ kind: "broken", detail: "no JSON" }], /no JSON/],
    [
      "when its time is over but something is unproven",
      [read(60_000), judged({ unproven: ["m: 3 decisions"] }), guarded, remembered, renewed, reported],
      /3 decisions/,
    ],
    [
      "when its lease ran out as it became eligible",
      [read(60_000), judged(), guarded, remembered, renewed, reported, { kind: "reached", what: "lapsed" }],
      /lease ran out/,
    ],
  ])("%s", (_what, events, said) => {
    const decision = last(play(events));
    expect(decision).toMatchObject({ kind: "end", end: { kind: "violation" } });
    expect(JSON.stringify(decision)).toMatch(said);
  });
});

describe("a watch at its end", () => {
  const proven = [read(60_000), judged(), guarded, remembered, renewed, reported];

  test("asks for the canary to become eligible, or promoted with the whole vote", () => {
    expect(last(play(proven))).toEqual({ kind: "reach", phase: "eligible" });
    expect(last(play(proven, { ...RULES, hasWholeVote: true }))).toEqual({ kind: "reach", phase: "promoted" });
  });

  test("ends there, or stays and announces it", () => {
    expect(last(play([...proven, { kind: "reached", what: "eligible" }]))).toEqual({
      kind: "end",
      end: { kind: "eligible" },
    });
    const eligible: WatchEvent = { kind: "reached", what: "eligible" };
    const stays = play([...proven, eligible, { kind: "announced" }, reported], { ...RULES, stay: true });
    expect(kinds(stays).slice(-2)).toEqual(["report", "read"]);
    expect(stays.state.phase).toBe("eligible");
  });

  test("reads on while another command acts", () => {
    const busy = play([...proven, { kind: "reached", what: "busy" }]);
    expect(last(busy)).toEqual({ kind: "read" });
    expect(busy.state.phase).toBe("canary");
  });

  test("does not end before a judgement of its own", () => {
    expect(kinds(play([read(60_000, { caughtUp: false }), guarded, renewed, reported])).at(-1)).toBe("read");
  });
});

test("an interruption ends it without a pass, and another command's action ends it as left", () => {
  expect(last(play([{ kind: "interrupted" }]))).toEqual({ kind: "end", end: { kind: "interrupted" } });
  expect(last(play([{ kind: "left", detail: "rolled back" }]))).toEqual({
    kind: "end",
    end: { kind: "left", detail: "rolled back" },
  });
});

test.each([
  ["canary", { kind: "left", detail: "raised" }],
  ["eligible", { kind: "passed_on", share: 0.5 }],
] as const)("a larger share ends the watch of a canary that is %s", (phase, end) => {
  const raised: WatchEvent = { kind: "raised", share: 0.5, detail: "raised" };
  expect(reduce(begin(phase, PROGRESS), raised, RULES).decision).toEqual({ kind: "end", end });
});

describe("in any sequence of events", () => {
  const answers: { readonly [Kind in Exclude<WatchDecision["kind"], "end" | "read">]: fc.Arbitrary<WatchEvent> } = {
    judge: fc.record({ unproven: fc.subarray(["few"]), violations: fc.subarray(["bad"]) }).map(judged),
    guard: fc.constantFrom<WatchEvent>(guarded, guarded, guarded, { kind: "guarded", violation: "gone" }),
    remember: fc.constant(remembered),
    renew: fc.constantFrom<WatchEvent>(renewed, renewed, renewed, { kind: "renewed", held: false }),
    report: fc.constant(reported),
    reach: fc.constantFrom<WatchEvent>(
      { kind: "reached", what: "eligible" },
      { kind: "reached", what: "busy" },
      { kind: "reached", what: "lapsed" },
    ),
    announce: fc.constant<WatchEvent>({ kind: "announced" }),
  };
  const reading = fc.record({
    afterMs: fc.integer({ min: 0, max: 100_000 }),
    hasNews: fc.boolean(),
    caughtUp: fc.boolean(),
    outage: fc.constantFrom(null, "down"),
    leaseRuns: fc.constantFrom(true, true, true, false),
  });

  type Reading = typeof reading extends fc.Arbitrary<infer Each> ? Each : never;
  interface WindowUpdate {
    readonly event: WatchEvent;
    readonly before: WatchState;
    readonly after: WatchState;
    readonly decision: WatchDecision;
  }

  /** A run: each decision is answered by one of its events. */
  function run(readings: readonly Reading[], draw: fc.GeneratorValue, rules: WatchRules): readonly WindowUpdate[] {
    const steps: WindowUpdate[] = [];
    let before = begin("canary", PROGRESS);
    let decision: WatchDecision = { kind: "read" };
    let atMs = 0;
    const left = [...readings];
    while (decision.kind !== "end") {
      let event: WatchEvent;
      if (decision.kind === "read") {
        const next = left.shift();
        if (next === undefined) break;
        const { afterMs, ...changes } = next;
        atMs += afterMs;
        event = read(atMs, changes);
      } else {
        const kind: keyof typeof answers = decision.kind;
        event = draw(() => answers[kind]);
      }
      const step = reduce(before, event, rules);
      steps.push({ event, before, after: step.state, decision: step.decision });
      before = step.state;
      decision = step.decision;
    }
    return steps;
  }

  const seed = Date.now() % 1_000_000;
  test(`only a judgement of complete telemetry counts time, and no more than has passed; only a proof makes eligible (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 20 }), fc.gen(), fc.boolean(), (readings, draw, stay) => {
        const steps = run(readings, draw, { ...RULES, stay });
        for (const { event, before, after, decision } of steps) {
          const passedMs = after.turn.now.monotonicMs;
          expect(after.progress.watchedMs).toBeLessThanOrEqual(passedMs);
          if (event.kind !== "judged") {
            expect(after.progress.watchedMs).toBe(before.progress.watchedMs);
            expect(after.progress.stamp).toEqual(before.progress.stamp);
          }
          if (decision.kind === "judge")
            expect(event).toMatchObject({ kind: "read", caughtUp: true, outage: null, leaseRuns: true });
          if (decision.kind === "reach") {
            expect(after).toMatchObject({ hasJudged: true, unproven: [] });
            expect(after.progress.watchedMs).toBeGreaterThanOrEqual(PROGRESS.durationMs);
          }
          if (event.kind === "read" && !event.leaseRuns)
            expect(decision).toMatchObject({ kind: "end", end: { kind: "violation" } });
        }
      }),
      { seed },
    );
  });
});
