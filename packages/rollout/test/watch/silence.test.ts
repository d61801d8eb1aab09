import { firstIdAt } from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import { compilePolicy, DEFAULT_POLICY } from "@qsc/violations";
import { describe, expect, test } from "vitest";
import { marginsOf, worstMargins } from "../../src/watch/margins.js";
import { unprovenOf, violationsOf } from "../../src/watch/violations.js";
import { WatchWindow } from "../../src/watch/window.js";

const CUTOVER_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE = 60_000;
const MODELS = ["nhits", "tft", "xgb"];
const MIN_EVENTS = 20;
const ACTIONS = ["BUY", "SELL", "HOLD"];
const canary = {
  weights: { nhits: 0.4, tft: 0.1, xgb: 0.5 },
  models: Object.fromEntries(
    MODELS.map((model) => [model, { predictions: 500, nonPredictions: 0, latencyP95Ms: null }]),
  ),
};
const compiled = await compilePolicy({ ...DEFAULT_POLICY, minEvents: { collection: 10, canary: MIN_EVENTS } });

type Answers = Record<string, Record<string, unknown>>;

/** A healthy decision at an offset from the cutover, in milliseconds, with something changed. */
function decision(
  atMs: number,
  number: number,
  change: (answers: Answers, payload: Record<string, unknown>) => void = () => undefined,
): SourceItem {
  const answers: Answers = Object.fromEntries(
    MODELS.map((model, place) => [
      model,
      {
        action: ACTIONS[(number + place) % 3],
        confidence: 0.2 + ((number * 7 + place) % 60) / 80,
        status: "active",
        latency_ms: 5,
        artifact_sha256: "a".repeat(64),
      },
    ]),
  );
  const ms = CUTOVER_MS + atMs;
  const payload = {
    decision_id: `d-${number}`,
    build: "build",
    boot_id: "boot",
    weights: canary.weights,
    canary: null,
    features_at: new Date(ms - 250).toISOString(),
  };
  change(answers, payload);
  const id = firstIdAt(ms);
  const fields = {
    event_type: "trade.intent",
    contract: "2",
    payload: JSON.stringify(payload),
    model_breakdown: JSON.stringify(answers),
  };
  return { kind: "entry", id, place: id, fields: Object.entries(fields).flat() };
}

/** What a watch finds after these entries, at an offset from the cutover in milliseconds. */
function watch(items: readonly SourceItem[], atMs: number, size = 2000) {
  const window = new WatchWindow(size, compiled, canary, CUTOVER_MS);
  for (const item of items) window.add(item);
  const look = window.look(CUTOVER_MS + atMs, []);
  return {
    look,
    violations: violationsOf(look, MODELS, MIN_EVENTS, { rule: "strict", seen: new Map() }),
    unproven: unprovenOf(look, MODELS, MIN_EVENTS),
    margins: worstMargins([], marginsOf(look, MIN_EVENTS, CUTOVER_MS + atMs)),
  };
}
const many = (
  count: number,
  stepMs: number,
  change?: (answers: Answers, payload: Record<string, unknown>, number: number) => void,
  fromMs = 0,
) =>
  Array.from({ length: count }, (_, number) =>
    decision(fromMs + number * stepMs, number, (answers, payload) => change?.(answers, payload, number)),
  );
const inactive = { status: "inactive", inactive_reason: "model_missing" };

test("a healthy watch has no violations", () => {
  const { violations, unproven, margins } = watch(many(300, 1000), 299_000);
  expect([violations, unproven]).toEqual([[], []]);
  expect(margins.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["telemetry_silence", "stale_features", "model_silence"]),
  );
});

describe("a model that stops predicting", () => {
  const STEP = MINUTE / 30;
  const stopped = (afterMs: number) =>
    many(1800, STEP, (answers, _, number) => {
      if (number * STEP > afterMs) Object.assign(answers["tft"] ?? {}, inactive);
    });

  test("ends the watch when its last prediction is too old, but not before", () => {
    const last = 1799 * STEP;
    // The last quarter of an hour's answers is missing: with a longer window the share alone would show it later.
    const before = watch(stopped(last - 15 * MINUTE), last).violations;
    expect(before.filter((each) => each.includes("model_silence"))).toEqual([]);
    const after = watch(stopped(last - 15 * MINUTE - STEP), last).violations;
    expect(after.filter((each) => each.includes("model_silence"))).toEqual([
      expect.stringMatching(/^tft: model_silence: its newest prediction, of .* is 15 min 2 s old/),
    ]);
  });

  test("also ends it within 1 % of a long window", () => {
    const rare = Array.from({ length: 16 }, (_, minute) =>
      decision(20_000 + minute * MINUTE, 5000 + minute, (answers) => {
        Object.assign(answers["tft"] ?? {}, inactive);
      }),
    );
    const { violations } = watch([...many(1984, 10), ...rare], 20_000 + 15 * MINUTE);
    expect(violations).toEqual([expect.stringContaining("tft: model_silence: its newest prediction")]);
  });

  test("that has never predicted since the cutover ends it after that time, however few events there were", () => {
    const items = (minutes: number) =>
      many(4, (minutes * MINUTE) / 3, (answers) => {
        Object.assign(answers["tft"] ?? {}, inactive);
      });
    expect(watch(items(15), 15 * MINUTE).violations).toEqual([]);
    expect(watch(items(15), 15 * MINUTE + 1).violations).toEqual([
      expect.stringContaining("tft: model_silence: it made no prediction since 2026-01-05T09:00:00.000Z"),
    ]);
  });

  test("that no decision names ends it when there are enough of them", () => {
    const items = (count: number) =>
      many(count, 1000, (answers) => {
        Reflect.deleteProperty(answers, "tft");
      });
    expect(watch(items(MIN_EVENTS - 1), 30_000).violations).toEqual([]);
    const { violations, look } = watch(items(MIN_EVENTS), 30_000);
    expect(violations.join()).toContain("tft: model_silence: it made no prediction since");
    expect(look.models.map(({ model }) => model)).toEqual(MODELS);
  });
});

describe("silence of the telemetry", () => {
  test("counts from the cutover to the first decision", () => {
    expect(watch(many(30, 1000, undefined, 15 * MINUTE), 16 * MINUTE).violations).toEqual([]);
    expect(watch(many(30, 1000, undefined, 15 * MINUTE + 1), 16 * MINUTE).violations).toEqual([
      expect.stringMatching(/^telemetry_silence: for 15 min and 1 ms from 2026-01-05T09:00:00.000Z/),
    ]);
  });

  test("without any decision ends the watch once it lasts long enough, and names no model", () => {
    expect(watch([], 15 * MINUTE).violations).toEqual([]);
    expect(watch([], 15 * MINUTE + 1).violations).toEqual([
      expect.stringContaining("telemetry_silence: for 15 min and 1 ms from"),
    ]);
    expect(watch([], 15 * MINUTE).unproven.length).toBeGreaterThan(0);
  });

  test("is not broken by unreadable entries", () => {
    const unreadable: SourceItem = {
      kind: "rejected",
      id: firstIdAt(CUTOVER_MS + 16 * MINUTE),
      place: "1",
      reason: "unreadable_json",
      detail: "broken",
    };
    expect(watch([unreadable], 16 * MINUTE).violations.join()).toContain("telemetry_silence");
  });

  test("between the newest decision that has left the window and the oldest in it counts", () => {
    const later = Array.from({ length: 40 }, (_, at) => decision(100_000 + 16 * MINUTE + at * 1000, 1000 + at));
    const items = [...many(100, 1000), ...later];
    const { violations } = watch(items, 140_000 + 16 * MINUTE, 40);
    expect(violations).toEqual([expect.stringMatching(/^telemetry_silence: for 16 min/)]);
  });

  test("is reported once, and not for each model", () => {
    expect(watch(many(300, 1000), 299_000 + 15 * MINUTE + 1).violations).toEqual([
      expect.stringContaining("telemetry_silence: the newest event"),
    ]);
  });
});

describe("what the decisions say about features and files", () => {
  test("stale features end the watch at the first such decision", () => {
    const old = (_: Answers, payload: Record<string, unknown>) => {
      payload["features_at"] = new Date(CUTOVER_MS - 16 * MINUTE).toISOString();
    };
    expect(watch([decision(0, 0, old)], 100).violations).toEqual([
      expect.stringContaining("stale_features: decision "),
    ]);
  });

  test("features of unknown time leave its end unproven", () => {
    const { violations, unproven } = watch(
      many(300, 1000, (_, payload, number) => {
        if (number === 7) Reflect.deleteProperty(payload, "features_at");
      }),
      299_000,
    );
    expect([violations, unproven]).toEqual([[], [expect.stringContaining("stale_features: decisions do not say")]]);
  });

  test("another file ends the watch at once, however its hash is written", () => {
    const swap = (answers: Answers, _: Record<string, unknown>, number: number) => {
      if (number === 3) Object.assign(answers["tft"] ?? {}, { artifact_sha256: `sha256:${"B".repeat(64)}` });
    };
    expect(watch(many(4, 1000, swap), 4000).violations).toEqual([
      expect.stringContaining("tft: mixed_artifact: the model's file changed"),
    ]);
  });

  test.each([
    ["an MD5", "d41d8cd98f00b204e9800998ecf8427e"],
    ["no hash", null],
  ])("%s in one prediction leaves its end unproven", (_, artifact_sha256) => {
    const spoil = (answers: Answers, _payload: Record<string, unknown>, number: number) => {
      if (number === 3) Object.assign(answers["tft"] ?? {}, { artifact_sha256 });
    };
    const { violations, unproven } = watch(many(300, 1000, spoil), 299_000);
    expect([violations, unproven]).toEqual([[], [expect.stringContaining("tft: mixed_artifact: ")]]);
  });

  test("one decision without a model leaves nothing unproven", () => {
    const { violations, unproven } = watch(
      many(300, 1000, (answers, _, number) => {
        if (number === 3) Reflect.deleteProperty(answers, "tft");
      }),
      299_000,
    );
    expect([violations, unproven]).toEqual([[], []]);
  });
});
