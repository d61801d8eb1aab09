import type { CheckResult, Policy } from "@qsc/contract";
import { seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import { DEFAULT_POLICY } from "@qsc/violations";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagnose, featureSanity, qualityGate, scoreboard, waitForEvents, type WaitProgress } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const INTERVAL = 1000;
const LATER = START + 86_400_000;
const POLICY: Policy = { ...DEFAULT_POLICY, minEvents: { collection: 10, canary: 20 } };

/** What may be wrong with an event. */
const TROUBLES: readonly ((draft: Draft, index: number) => void)[] = [
  (draft) => {
    draft.fields["payload"] = "{";
  },
  (draft) => {
    delete draft.modelBreakdown["nhits"];
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: Number.NaN });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["lightgbm"] ?? {}, { action: "HODL" });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["patchtst"] ?? {}, { status: "inactive", inactive: true });
  },
  (draft) => {
    draft.features["atr_value"] = Number.POSITIVE_INFINITY;
  },
  (draft) => {
    draft.payload["boot_id"] = "another";
  },
  (draft) => {
    draft.payload["decision_id"] = "the same";
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { artifact_sha256: "b".repeat(64), latency_ms: 3000 });
  },
  (draft) => {
    for (const answer of Object.values(draft.modelBreakdown)) Object.assign(answer, { action: "BUY", confidence: 0.5 });
  },
];

const streams = fc.record({
  seed: fc.nat(1_000_000),
  version: fc.constantFrom(1 as const, 2 as const),
  count: fc.integer({ min: 21, max: 90 }),
  /** Decisions with the same time. */
  stamp: fc.constantFrom(1, 1, 5),
  troubles: fc.array(fc.tuple(fc.nat(89), fc.nat(TROUBLES.length - 1)), { maxLength: 4 }),
  cutover: fc.constantFrom(null, 0, 30),
  repeats: fc.array(fc.record({ of: fc.nat(89), after: fc.nat(89), times: fc.integer({ min: 1, max: 40 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
});

/** The entries, with copies under IDs of their own, each after its original. */
function withCopies(
  entries: readonly Entry[],
  repeats: readonly { readonly of: number; readonly after: number; readonly times: number }[],
): Entry[] {
  const copies = repeats.flatMap(({ of, after, times }, kind) => {
    const original = entries[of % entries.length];
    const at = entries[Math.min(entries.length - 1, (of % entries.length) + after)];
    if (original === undefined || at === undefined) return [];
    const ms = Number(at.id.split("-")[0]);
    return Array.from({ length: times }, (_, copy) => ({
      entry: { ...original, id: `${ms}-${kind * 100 + copy + 1}` },
      ms,
      seq: kind * 100 + copy + 1,
    }));
  });
  const all = [...entries.map((entry) => ({ entry, ms: Number(entry.id.split("-")[0]), seq: 0 })), ...copies];
  return all.sort((a, b) => a.ms - b.ms || a.seq - b.seq).map(({ entry }) => entry);
}

function severity({ status, waived }: CheckResult): number {
  return status === "violation" ? 3 : status === "pass" ? 0 : waived ? 1 : 2;
}

const VERDICTS = { pass: 0, collected: 0, unknown: 2, fail: 3 };
const STATUSES = { GO: 0, WAIT: 1, "NO-GO": 2 };

/** How bad everything is that the commands report, by name; and what they report about distinct decisions. */
async function judged(entries: readonly Entry[], afterMs: number | null) {
  const request = { ...ALL, afterMs };
  const asked = judgementContext(LATER, POLICY);
  const gate = await qualityGate(sourceOf(entries), { ...request, mode: "canary", model: null }, asked);
  const board = await scoreboard(sourceOf(entries), request, asked);
  const sanity = await featureSanity(sourceOf(entries), { ...request, manifest: null }, asked);
  const named = (of: string, checks: readonly CheckResult[]) =>
    checks.map((check): [string, number] => [`${of}: ${check.id}`, severity(check)]);
  const bad = new Map<string, number>([
    ["gate's exit", gate.exitCode],
    ["gate", VERDICTS[gate.verdict]],
    ["scoreboard's exit", board.exitCode],
    ["sanity's exit", sanity.exitCode],
    ["sanity", VERDICTS[sanity.verdict]],
    ...named("telemetry", gate.integrity),
    ...named("sanity", [...sanity.checks, ...sanity.integrity]),
    ...named("ensemble", board.ensemble.checks),
    ...gate.models.flatMap(({ model, checks, verdict }) => [
      ...named(model, checks),
      [model, VERDICTS[verdict]] as [string, number],
    ]),
    ...board.models.map(({ model, status }): [string, number] => [`${model} of the scoreboard`, STATUSES[status]]),
  ]);
  const stats = gate.models.map(({ model, stats: own }) => [model, own]);
  const { agreement, hardDisagree, n } = board.ensemble;
  return {
    bad,
    distinct: {
      judged: gate.counts.judged,
      stats,
      agreement,
      hardDisagree,
      n,
      features: sanity.features,
      ends: [gate.firstId, gate.lastId],
    },
  };
}

describe("repeating any entries under new IDs", () => {
  test("improves nothing in gate, scoreboard or feature sanity, and leaves counts and statistics alone", async () => {
    let [failed, passed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(streams, async ({ seed, version, count, stamp, troubles, cutover, repeats }) => {
        const mutate = (draft: Draft, index: number): void => {
          if (stamp > 1) draft.payload["timestamp"] = `candle ${Math.floor(index / stamp)}`;
          for (const [at, kind] of troubles) if (at === index) TROUBLES[kind]?.(draft, index);
        };
        const { entries } = seededTelemetry({ seed, version, count, startMs: START, intervalMs: INTERVAL, mutate });
        const afterMs = cutover === null ? null : START + cutover * INTERVAL;
        const once = await judged(entries, afterMs);
        const again = await judged(withCopies(entries, repeats), afterMs);
        for (const [name, was] of once.bad) {
          if (was === 0) passed += 1;
          else failed += 1;
          expect([name, (again.bad.get(name) ?? -1) >= was]).toEqual([name, true]);
        }
        expect(again.distinct).toEqual(once.distinct);
      }),
      { numRuns: 60, seed: 41 },
    );
    expect(Math.min(failed, passed)).toBeGreaterThan(250);
  });

  test("from before the cutover neither dilutes a collapse after it, nor makes up for missing decisions", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      version: 1,
      count: 1300,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        if (index >= 1000 && index % 5 > 0)
          for (const answer of Object.values(draft.modelBreakdown)) answer["action"] = "BUY";
      },
    });
    const afterMs = START + 1000 * INTERVAL;
    const copies = entries
      .slice(0, 900)
      .map((entry, index) => ({ ...entry, id: `${afterMs + (index % 300) * INTERVAL}-${1 + index}` }));
    const all = [...entries, ...copies].sort(
      (a, b) => Number(a.id.replace("-", ".")) - Number(b.id.replace("-", ".")) || a.id.length - b.id.length,
    );
    const gate = async (some: readonly Entry[]) =>
      qualityGate(sourceOf(some), { ...ALL, afterMs, mode: "canary", model: null }, judgementContext(LATER));
    expect((await gate(entries)).exitCode).toBe(2);
    const repeated = await gate(all);
    expect([repeated.exitCode, repeated.counts.judged, repeated.counts.duplicates]).toEqual([2, 300, 900]);
    expect(repeated.models[0]?.reasons.join()).toContain("action_collapse");
    const few = [...entries.slice(0, 1100), ...copies].filter(
      ({ id }) => Number(id.split("-")[0]) < afterMs + 100 * INTERVAL,
    );
    expect((await gate(few)).reasons.join()).toContain("insufficient_data: 100 events could be judged");
  });

  test("an engine that restarts its numbering after the cutover does not repeat decisions", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      count: 600,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) =>
        Object.assign(draft.payload, { decision_id: String(index % 300), boot_id: index < 300 ? "one" : "two" }),
    });
    const document = await qualityGate(
      sourceOf(entries),
      { ...ALL, afterMs: START + 300 * INTERVAL, mode: "canary", model: null },
      judgementContext(LATER),
    );
    expect([document.exitCode, document.counts]).toEqual([0, { read: 300, rejected: 0, duplicates: 0, judged: 300 }]);
  });

  test("a baseline counts distinct decisions", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      count: 1200,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        const isInactive = index < 600 ? index === 7 : index % 25 === 0;
        if (isInactive)
          Object.assign(draft.modelBreakdown["nhits"] ?? {}, { status: "inactive", inactive_reason: "timeout" });
      },
    });
    const request = { ...ALL, afterMs: START + 600 * INTERVAL, mode: "canary" as const, model: "nhits" };
    const copies = withCopies(entries, [{ of: 7, after: 0, times: 90 }]);
    for (const some of [entries, copies]) {
      const document = await qualityGate(sourceOf(some), request, judgementContext(LATER));
      expect(document.exitCode).toBe(2);
      expect(document.models.find(({ model }) => model === "nhits")?.reasons.join()).toContain(
        "chance of this number of non-predictions",
      );
      expect(document.deltas?.find(({ model }) => model === "nhits")?.before).toMatchObject({
        n: 599,
        nonPredictions: 1,
      });
    }
  });
});

describe("what looks like repetition", () => {
  /** Non-predictions with the same reason in each candle, or absences: without repetitions they would be rare. */
  const failing = (spoil: (draft: Draft) => void) =>
    seededTelemetry({
      seed: 5,
      version: 1,
      count: 1000,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        Object.assign(draft.payload, {
          symbol: "BTCUSDC",
          timestamp: START + index - (index % 10),
          confidence: 0.5,
          consensus_count: 2,
        });
        draft.features = { atr_value: 0.02 };
        if (index % 50 >= 8) return;
        for (const answer of Object.values(draft.modelBreakdown))
          Object.assign(answer, { action: "HOLD", confidence: 0.6 });
        spoil(draft);
      },
    }).entries;

  test.each<[string, (draft: Draft) => void]>([
    [
      "non-predictions",
      (draft) => {
        Object.assign(draft.modelBreakdown["nhits"] ?? {}, { model: "nhits_fallback" });
      },
    ],
    [
      "absences",
      (draft) => {
        delete draft.modelBreakdown["nhits"];
      },
    ],
  ])("%s of a frozen answer count among all entries", async (_, spoil) => {
    const document = await qualityGate(
      sourceOf(failing(spoil)),
      { ...ALL, mode: "canary", model: "nhits" },
      judgementContext(LATER),
    );
    const nhits = document.models.find(({ model }) => model === "nhits");
    expect(document.exitCode).toBe(2);
    expect((nhits?.stats.nonPredictions ?? 0) + (nhits?.stats.absent ?? 0)).toBeLessThan(0.05 * document.counts.judged);
    expect(nhits?.reasons.join()).toMatch(
      /error_rate_spike: share of non-predictions is 16 % of 1000 answers.*\(counting repeated entries\)/,
    );
  });

  test("opposing votes of a frozen ensemble count among all entries", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      version: 1,
      count: 1000,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        Object.assign(draft.payload, {
          symbol: "BTCUSDC",
          timestamp: START + index - (index % 40),
          confidence: 0.5,
          consensus_count: 2,
        });
        draft.features = { atr_value: 0.02 };
        if (index % 40 >= 20) return;
        Object.values(draft.modelBreakdown).forEach((answer, at) =>
          Object.assign(answer, { action: ["BUY", "SELL", "BUY", "BUY"][at], confidence: 0.4 + 0.1 * at }),
        );
      },
    });
    const document = await scoreboard(sourceOf(entries), ALL, judgementContext(LATER));
    expect(document.ensemble.hardDisagree).toBeLessThan(0.2);
    expect(document.ensemble.checks.find(({ id }) => id === "hard_disagreement")).toMatchObject({
      status: "violation",
      n: 1000,
    });
    expect(document.reasons.join()).toMatch(
      /hard_disagreement: in 5\d(\.\d+)? % of the decisions.*\(counting repeated entries\)/,
    );
  });

  test("a decision_id with different answers is a contradiction, and all of them are judged", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      count: 900,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        draft.payload["decision_id"] = `d-${Math.floor(index / 3)}`;
        if (index % 3 > 0) Object.assign(draft.modelBreakdown["nhits"] ?? {}, { action: "BUY", confidence: 0.9 });
      },
    });
    const document = await qualityGate(
      sourceOf(entries),
      { ...ALL, mode: "canary", model: null },
      judgementContext(LATER),
    );
    expect(document.reasons.join()).toContain("contradictory: published again with another content (600 x");
    expect(
      document.models.find(({ model }) => model === "nhits")?.checks.find(({ id }) => id === "confidence_collapse")
        ?.status,
    ).toBe("violation");
  });

  test("a diagnosis shows every answer", async () => {
    const { entries } = seededTelemetry({
      seed: 5,
      version: 1,
      count: 1000,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: (draft, index) => {
        Object.assign(draft.payload, {
          symbol: "BTCUSDC",
          timestamp: START + index - (index % 10),
          confidence: 0.5,
          consensus_count: 4,
        });
        draft.features = { atr_value: 0.02 };
        if (index % 10 < 7)
          for (const answer of Object.values(draft.modelBreakdown))
            Object.assign(answer, { action: "HOLD", confidence: 0.5 });
      },
    });
    const document = await diagnose(
      sourceOf(entries),
      { ...ALL, model: null, journal: { skipped: "a recording" } },
      judgementContext(LATER),
    );
    for (const { stats, actions, deadZoneShare } of document.models) {
      expect(stats.n).toBe(400);
      expect(actions.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
      expect(deadZoneShare).toBeGreaterThan(0.7);
    }
  });

  test("a wait counts distinct decisions", async () => {
    const { entries } = seededTelemetry({ seed: 3, count: 60, startMs: START, intervalMs: INTERVAL });
    const controller = new AbortController();
    const seen: WaitProgress[] = [];
    const wait = waitForEvents(sourceOf(withCopies(entries, [{ of: 3, after: 9, times: 40 }]), true), ALL, {
      policy: DEFAULT_POLICY,
      model: null,
      need: 61,
      now: () => LATER,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    });
    await expect(wait).rejects.toMatchObject({ code: "interrupted" });
    expect(seen[0]?.have).toBe(60);
  });
});
