import type { Policy } from "@qsc/contract";
import { seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import { DEFAULT_POLICY } from "@qsc/violations";
import { describe, expect, test } from "vitest";
import { diagnose, featureSanity, qualityGate, scoreboard, waitForEvents } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const INTERVAL = 1000;
const LATER = START + 86_400_000;

/** Copies of entries under IDs that follow a time, one per interval. */
function copies(entries: readonly Entry[], fromMs: number): readonly Entry[] {
  return entries.map((entry, at) => ({ ...entry, id: `${fromMs + at * INTERVAL}-1` }));
}

/** Decisions of a good engine that collapse from one of them on. */
function collapsing(count: number, from: number, version: 1 | 2 = 2): readonly Entry[] {
  const collapse = (draft: Draft, index: number): void => {
    if (index >= from)
      for (const answer of Object.values(draft.modelBreakdown))
        Object.assign(answer, { action: "BUY", confidence: 0.5 });
  };
  return seededTelemetry({ seed: 5, version, count, startMs: START, intervalMs: INTERVAL, mutate: collapse }).entries;
}

const gate = (entries: readonly Entry[], request: Partial<typeof ALL>, model: string | null = null) =>
  qualityGate(sourceOf(entries), { ...ALL, ...request, mode: "canary", model }, judgementContext(LATER));

describe.each([1, 2] as const)("good decisions of version %i that are added again", (version) => {
  const written = collapsing(700, 600, version);
  const again = [...written, ...copies(written.slice(0, 300), START + 700 * INTERVAL)];

  test("are repetitions, not evidence, if a count leaves out their first time", async () => {
    const document = await gate(again, { count: 300 });
    expect(document.counts).toEqual({ read: 300, rejected: 0, duplicates: 300, judged: 0 });
    expect(document.exitCode).toBe(2);
    const more = await gate(again, { count: 400 });
    expect([more.exitCode, more.counts.judged]).toEqual([2, 100]);
    const board = await scoreboard(sourceOf(again), { ...ALL, count: 300 }, judgementContext(LATER));
    expect(board.exitCode).toBe(2);
    const sanity = await featureSanity(
      sourceOf(again),
      { ...ALL, count: 300, manifest: null },
      judgementContext(LATER),
    );
    expect([sanity.exitCode, sanity.counts.judged]).toEqual([2, 0]);
    const diagnosis = await diagnose(
      sourceOf(again),
      { ...ALL, count: 300, model: null, journal: { skipped: "a recording" } },
      judgementContext(LATER),
    );
    expect([diagnosis.verdict === "pass", diagnosis.counts.judged]).toEqual([false, 0]);
  });

  test("are also repetitions with a cutover and a count", async () => {
    const document = await gate(again, { afterMs: START + 100 * INTERVAL, count: 200 });
    expect([document.exitCode, document.counts.judged]).toEqual([2, 0]);
  });
});

describe("good decisions from long before the cutover", () => {
  const written = collapsing(5060, 5000);
  const afterMs = START + 5000 * INTERVAL;
  const again = [...written, ...copies(written.slice(0, 440), START + 5060 * INTERVAL)];

  test("are repetitions when they are added again after it", async () => {
    const document = await gate(again, { afterMs });
    expect(document.counts).toMatchObject({ duplicates: 440, judged: 60 });
    expect(document.exitCode).toBe(2);
    const sanity = await featureSanity(sourceOf(again), { ...ALL, afterMs, manifest: null }, judgementContext(LATER));
    expect(sanity.counts).toMatchObject({ duplicates: 440, judged: 60 });
  });

  test("do not count for a wait", async () => {
    const policy: Policy = DEFAULT_POLICY;
    const controller = new AbortController();
    const have: number[] = [];
    const wait = waitForEvents(
      sourceOf(again, true),
      { ...ALL, afterMs },
      {
        policy,
        model: null,
        need: 300,
        now: () => LATER,
        signal: controller.signal,
        onProgress: (progress) => {
          have.push(progress.have);
          controller.abort();
        },
      },
    );
    await expect(wait).rejects.toMatchObject({ code: "interrupted" });
    expect(have[0]).toBe(60);
  });

  test("are recognised although the engine has reused their numbers since", async () => {
    const restarting = (draft: Draft, index: number): void => {
      Object.assign(draft.payload, { decision_id: String(index % 1000), boot_id: `boot ${Math.floor(index / 1000)}` });
    };
    const { entries } = seededTelemetry({
      seed: 5,
      count: 5060,
      startMs: START,
      intervalMs: INTERVAL,
      mutate: restarting,
    });
    const document = await gate([...entries, ...copies(entries.slice(0, 440), START + 5060 * INTERVAL)], { afterMs });
    expect(document.counts).toMatchObject({ duplicates: 440, judged: 60 });
  });
});

describe("decisions that are published again with another content", () => {
  /** 400 decisions, and then the same ones with another member changed. */
  const twice = (version: 1 | 2, change: (draft: Draft, index: number) => void): readonly Entry[] => {
    const written = (mutate: (draft: Draft, index: number) => void) =>
      seededTelemetry({ seed: 5, version, count: 400, startMs: START, intervalMs: INTERVAL, mutate }).entries;
    return [...written(() => undefined), ...copies(written(change), START + 400 * INTERVAL)];
  };
  const newer = ({ payload }: Draft, index: number): void => {
    payload["features_at"] = new Date(START + (400 + index) * INTERVAL).toISOString();
  };
  const volatile = ({ payload }: Draft): void => void (payload["atr_value"] = 12.5);
  const rebooted = (draft: Draft, index: number): void => {
    newer(draft, index);
    Object.assign(draft.payload, { boot_id: "another" });
  };
  const requests = [{ afterMs: START + 400 * INTERVAL }, { count: 400 }];

  test.each(requests)("contradict what came before %j, within one process", async (request) => {
    const document = await gate(twice(2, newer), request);
    expect(document.counts).toMatchObject({ duplicates: 400, judged: 0 });
    expect(document.exitCode).toBe(2);
    expect(document.reasons.join()).toContain("published again with another content (400 x");
  });

  test.each(requests)("are repetitions of what came before %j, in version 1", async (request) => {
    const document = await gate(twice(1, volatile), request);
    expect(document.counts).toMatchObject({ duplicates: 400, judged: 0 });
    expect(document.exitCode).toBe(2);
  });

  test.each(requests)("are decisions of another process that uses its numbers again, %j", async (request) => {
    const document = await gate(twice(2, rebooted), request);
    expect(document.counts).toMatchObject({ duplicates: 0, judged: 400 });
  });
});

describe("a model that is only in what the count leaves out", () => {
  const { entries } = seededTelemetry({
    seed: 5,
    version: 1,
    count: 900,
    startMs: START,
    intervalMs: INTERVAL,
    mutate: (draft, index) => {
      if (index >= 500) delete draft.modelBreakdown["nhits"];
    },
  });

  test.each<[string, Partial<typeof ALL>]>([
    ["without a cutover", { count: 350 }],
    ["with one before it first answered", { count: 350, afterMs: START + 1 }],
  ])("is expected, %s", async (_, request) => {
    const board = await scoreboard(sourceOf(entries), { ...ALL, ...request }, judgementContext(LATER));
    expect(board.exitCode).toBe(2);
    expect(board.models.find(({ model }) => model === "nhits")?.status).toBe("NO-GO");
    expect((await gate(entries, request, "nhits")).exitCode).toBe(2);
  });
});

describe("what a document says about the entries before the judged ones", () => {
  const { entries } = seededTelemetry({ seed: 5, count: 900, startMs: START, intervalMs: INTERVAL });

  test("their number, the first one, and that nothing is missing", async () => {
    const document = await gate(entries, { afterMs: START + 500 * INTERVAL });
    expect(document.earlier).toEqual({ entries: 500, firstId: entries[0]?.id, missing: [] });
    const counted = await gate(entries, { afterMs: START + 500 * INTERVAL, count: 350 });
    expect(counted.earlier).toMatchObject({ entries: 550 });
  });

  test("nothing if everything was judged", async () => {
    expect((await gate(entries, {})).earlier).toBeNull();
    expect((await gate(entries, { count: 900 })).earlier).toMatchObject({ entries: 0 });
  });
});
