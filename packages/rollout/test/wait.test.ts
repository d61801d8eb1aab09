import type { QscError } from "@qsc/contract";
import { seededTelemetry } from "@qsc-tooling/testkit";
import { DEFAULT_POLICY } from "@qsc/violations";
import { describe, expect, test, vi } from "vitest";
import { waitForEvents, type WaitProgress } from "../src/index.js";
import { ALL, rawEntry, sourceOf } from "./support.js";

const { entries } = seededTelemetry({ seed: 3, count: 60, intervalMs: 6000 });
const MODELS = ["lightgbm", "nhits", "patchtst", "xgboost"];
const END = Number(entries[59]?.id.split("-")[0]);

function waiting(given: {
  readonly written: number;
  readonly need: number;
  readonly model?: string;
  readonly maxAge?: number;
}) {
  const source = sourceOf(entries.slice(0, given.written), true);
  const controller = new AbortController();
  const seen: WaitProgress[] = [];
  let onProgress: (progress: WaitProgress) => void = () => undefined;
  const limits = { ...DEFAULT_POLICY.limits, "telemetry_silence.maxAge": given.maxAge ?? 900_000 };
  const result = waitForEvents(source, ALL, {
    policy: { ...DEFAULT_POLICY, limits },
    model: given.model ?? null,
    need: given.need,
    now: () => END,
    signal: controller.signal,
    onProgress: (progress) => {
      seen.push(progress);
      onProgress(progress);
    },
  });
  return { source, controller, seen, result, on: (hook: typeof onProgress) => (onProgress = hook) };
}

describe("waiting for events", () => {
  test("returns at once when there are enough", async () => {
    const { result, seen } = waiting({ written: 60, need: 60 });
    expect(await result).toBe("enough");
    expect(seen).toEqual([{ have: 60, need: 60, perMinute: 10, etaMs: END, outage: null, models: MODELS }]);
  });

  test("estimates from the rate so far when there will be enough", async () => {
    const wait = waiting({ written: 20, need: 50 });
    wait.on(() => {
      wait.source.append(...entries.slice(20, 55).map(rawEntry));
    });
    expect(await wait.result).toBe("enough");
    expect(wait.seen[0]).toEqual({
      have: 20,
      need: 50,
      perMinute: 10,
      etaMs: END + 3 * 60_000,
      outage: null,
      models: MODELS,
    });
    expect(wait.seen.at(-1)?.have).toBe(55);
  });

  test("counts the model asked for, and only its predictions", async () => {
    const wait = waiting({ written: 60, need: 10, model: "absent" });
    wait.on(() => {
      wait.controller.abort();
    });
    await expect(wait.result).rejects.toMatchObject({ code: "interrupted" });
    expect(wait.seen[0]).toMatchObject({ have: 0, perMinute: null, etaMs: null });
  });

  test("an interruption is an error, not an answer", async () => {
    const wait = waiting({ written: 20, need: 50 });
    wait.on(() => {
      wait.controller.abort();
    });
    await expect(wait.result).rejects.toMatchObject({ code: "interrupted" });
  });

  test("silence for the policy's maxAge ends the wait", async () => {
    vi.useFakeTimers();
    try {
      const wait = waiting({ written: 20, need: 50, maxAge: 60_000 });
      let settled: string | null = null;
      void wait.result.then((answer) => (settled = answer));
      await vi.advanceTimersByTimeAsync(59_999);
      expect(settled).toBeNull();
      await vi.advanceTimersByTimeAsync(1);
      expect(settled).toBe("silent");
    } finally {
      vi.useRealTimers();
    }
  });

  test("entries that only repeat a decision do not break a silence", async () => {
    vi.useFakeTimers();
    try {
      const { source, result } = waiting({ written: 20, need: 50, maxAge: 60_000 });
      let settled: string | null = null;
      void result.then((answer) => {
        settled = answer;
      });
      for (let copy = 1; copy <= 5; copy += 1) {
        await vi.advanceTimersByTimeAsync(11_000);
        const [newest] = entries.slice(19, 20);
        if (newest !== undefined) source.append(rawEntry({ ...newest, id: newest.id.replace(/-.*/, `-${copy}`) }));
      }
      expect(settled).toBeNull();
      await vi.advanceTimersByTimeAsync(5000);
      expect(settled).toBe("silent");
    } finally {
      vi.useRealTimers();
    }
  });

  test("an outage is shown, and ends the wait after 90 s", async () => {
    vi.useFakeTimers();
    try {
      const source = sourceOf(entries.slice(0, 20), true);
      const outages: (string | null)[] = [];
      const broken: typeof source = {
        ...source,
        async *follow(_after, { signal, onOutage }) {
          onOutage?.(new Error("connection refused"));
          await new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => {
              resolve();
            });
          });
          yield* [];
        },
      };
      const result = waitForEvents(broken, ALL, {
        policy: DEFAULT_POLICY,
        model: null,
        need: 50,
        now: () => END,
        signal: new AbortController().signal,
        onProgress: ({ outage }) => outages.push(outage),
      });
      const failed = result.catch((error: unknown) => error as QscError);
      await vi.advanceTimersByTimeAsync(90_000);
      expect(await failed).toMatchObject({ code: "source_unreachable" });
      expect(outages).toEqual([null, "connection refused"]);
    } finally {
      vi.useRealTimers();
    }
  });
});
