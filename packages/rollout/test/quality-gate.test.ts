import { isIntact, type GateMode } from "@qsc/contract";
import { gateDocument } from "@qsc/contract/schemas";
import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "@qsc/violations";
import { qualityGate, type GateRequest } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const INTERVAL = 1000;
const LATER = START + 86_400_000;
const telemetry = (count: number, mutate?: (draft: Draft, index: number) => void) =>
  seededTelemetry({ seed: 5, count, startMs: START, intervalMs: INTERVAL, ...(mutate === undefined ? {} : { mutate }) })
    .entries;
const collapse = (models: readonly string[]) => (draft: Draft) => {
  for (const model of models) Object.assign(draft.modelBreakdown[model] ?? {}, { action: "BUY", confidence: 0.615 });
};
const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];

async function gate(entries: ReturnType<typeof telemetry>, given: Partial<GateRequest> = {}) {
  const request: GateRequest = { ...ALL, mode: "canary", model: null, ...given };
  return qualityGate(sourceOf(entries), request, judgementContext(LATER));
}

describe("the result of the gate", () => {
  test.each<[GateMode, string | null, readonly string[], number, string, number]>([
    ["canary", null, [], 200, "pass", 0],
    ["canary", null, [], 199, "fail", 2],
    ["collection", null, [], 100, "collected", 3],
    ["collection", null, [], 99, "fail", 2],
    ["collection", null, [], 300, "collected", 3],
    ["canary", null, ["nhits"], 300, "pass", 0],
    ["canary", "nhits", ["nhits"], 300, "fail", 2],
    ["canary", "xgboost", ["nhits"], 300, "pass", 0],
    ["canary", null, MODELS, 300, "fail", 2],
    ["collection", null, MODELS, 300, "fail", 2],
    ["collection", "nhits", ["nhits"], 300, "fail", 2],
    ["canary", null, [], 0, "fail", 2],
  ])("%s, model %s, %j collapsed, %i events: %s", async (mode, model, collapsed, count, verdict, exitCode) => {
    const document = await gate(telemetry(count, collapse(collapsed)), { mode, model });
    expect([document.verdict, document.exitCode]).toEqual([verdict, exitCode]);
    expect(document.reasons.length === 0).toBe(verdict === "pass" || verdict === "collected");
    expect(isIntact(document)).toBe(true);
  });

  test("a violation of the telemetry fails every model's gate", async () => {
    const entries = telemetry(300, (draft, index) => {
      if (index === 7) draft.payload["boot_id"] = "another";
    });
    const document = await gate(entries, { model: "xgboost" });
    expect(document.verdict).toBe("fail");
    expect(document.models.every(({ verdict }) => verdict === "pass")).toBe(true);
    expect(document.reasons[0]).toContain("engine_restarts");
  });

  test("unknown is not a pass", async () => {
    const entries = telemetry(300, (draft) => {
      for (const answer of Object.values(draft.modelBreakdown)) delete answer["latency_ms"];
    });
    const document = await gate(entries);
    expect([document.verdict, document.exitCode]).toEqual(["unknown", 2]);
    expect(document.models[0]?.reasons).toEqual(["latency_spike: P95 latency is unknown: no latencies to measure"]);
  });

  test("a model name in another Unicode normal form is refused, with the reason", async () => {
    const entries = telemetry(300, (draft) => {
      draft.modelBreakdown["mod\u00e8le"] = draft.modelBreakdown["xgboost"] ?? {};
    });
    await expect(gate(entries, { model: "mode\u0300le" })).rejects.toMatchObject({
      code: "unknown_model",
      message: expect.stringContaining("'mod\u00e8le' looks like it, in another Unicode normal form") as string,
    });
  });

  test("a missing model is refused, naming those that exist", async () => {
    await expect(gate(telemetry(300), { model: "lstm" })).rejects.toMatchObject({ code: "unknown_model" });
  });
});

describe("what is judged", () => {
  test("a recorded source is judged as of its last event, a live one as of now", async () => {
    const entries = telemetry(300);
    const recorded = await gate(entries);
    expect([recorded.asOf, recorded.asOfFrom]).toEqual([new Date(START + 299 * INTERVAL).toISOString(), "last event"]);
    const request: GateRequest = { ...ALL, mode: "canary", model: null };
    const later = START + 299 * INTERVAL + 15 * 60_000;
    expect((await qualityGate(sourceOf(entries, true), request, judgementContext(later))).verdict).toBe("pass");
    const stale = await qualityGate(sourceOf(entries, true), request, judgementContext(later + 1));
    expect([stale.verdict, stale.asOfFrom]).toEqual(["fail", "clock"]);
  });

  test("--as-of leaves out what came after it", async () => {
    const at = START + 249 * INTERVAL;
    const document = await gate(telemetry(300), { asOf: { firstMs: at, lastMs: at } });
    expect([document.counts.judged, document.asOf, document.asOfFrom]).toEqual([
      250,
      new Date(at).toISOString(),
      "option",
    ]);
  });

  test("events after the cutover are judged, and compared with those before it", async () => {
    const entries = telemetry(500, (draft, index) => {
      if (index < 250) collapse(MODELS)(draft);
    });
    const document = await gate(entries, { afterMs: START + 250 * INTERVAL });
    expect([document.verdict, document.counts.judged]).toEqual(["pass", 250]);
    expect(document.deltas?.[0]).toMatchObject({ before: { n: 250, std: 0 }, after: { n: 250 } });
  });

  test("a model's behaviour before the cutover is its baseline for errors and latency", async () => {
    const slow = (after: number) =>
      telemetry(600, (draft, index) => {
        for (const answer of Object.values(draft.modelBreakdown))
          answer["latency_ms"] = index < 300 ? 60 + (index % 7) : after;
      });
    const cutover = { afterMs: START + 300 * INTERVAL };
    expect((await gate(slow(100), cutover)).verdict).toBe("pass");
    expect((await gate(slow(140), cutover)).reasons.join()).toContain("P95 latency against the baseline's is 2.12 x");
    const failing = telemetry(600, (draft, index) => {
      if (index >= 300 && index % 25 === 0)
        Object.assign(draft.modelBreakdown["nhits"] ?? {}, { status: "inactive", inactive_reason: "timeout" });
    });
    const nhits = (await gate(failing, { ...cutover, model: "nhits" })).models.find(({ model }) => model === "nhits");
    expect(nhits?.reasons.join()).toContain("chance of this number of non-predictions");
  });

  test("the newest N entries are judged, never the oldest", async () => {
    const withCollapse = (from: number, to: number) =>
      telemetry(2300, (draft, index) => {
        if (index >= from && index < to) collapse(MODELS)(draft);
      });
    const entries = withCollapse(2000, 2220);
    const newest = await gate(entries, { count: 300 });
    expect([newest.verdict, newest.counts.read, newest.firstId]).toEqual(["fail", 300, entries[2000]?.id]);
    expect((await gate(entries)).verdict).toBe("pass");
    expect((await gate(withCollapse(0, 300), { count: 300 })).verdict).toBe("pass");
  });

  test("a model that has collapsed by now fails, whatever it answered before", async () => {
    const entries = telemetry(2300, (draft, index) => {
      if (index >= 2100) collapse(["nhits"])(draft);
    });
    const document = await gate(entries, { model: "nhits" });
    expect([document.verdict, document.exitCode]).toEqual(["fail", 2]);
    expect(document.reasons).toEqual([
      expect.stringMatching(
        /^nhits: fail: recent_collapse: in the newest 200 decisions, share of BUY is 100 % of 200 /,
      ),
    ]);
  });

  test("duplicates count once", async () => {
    const entries = telemetry(150);
    const copies = entries.map((entry) => ({ ...entry, id: entry.id.replace("-0", "-1") }));
    const both = [...entries, ...copies].sort((a, b) => (a.id < b.id ? -1 : 1));
    const document = await gate(both, { mode: "collection" });
    expect(document.counts).toEqual({ read: 300, rejected: 0, duplicates: 150, judged: 150 });
    expect(document.verdict).toBe("collected");
    expect((await gate(both)).verdict).toBe("fail");
  });

  test("the same decision with another content is a contradiction", async () => {
    const entries = telemetry(300, (draft, index) => {
      draft.payload["decision_id"] = index === 9 ? "decision-8" : `decision-${index}`;
    });
    expect((await gate(entries)).reasons.join()).toContain("contradictory: published again with another content (1 x");
  });

  test("one ID for different decisions is a contradiction, if the source allows it", async () => {
    const entries = telemetry(300).map((entry, index) =>
      index === 9 ? { ...entry, id: `${START + 8 * INTERVAL}-0` } : entry,
    );
    const written = { ...sourceOf(entries), ordering: "as-written" as const };
    const document = await qualityGate(written, { ...ALL, mode: "canary", model: null }, judgementContext(LATER));
    expect(document.reasons.join()).toContain("one ID for different decisions (1 x, first 1767603608000-0)");
  });

  test("old events with a single new one are not live telemetry", async () => {
    const entries = telemetry(300);
    const fresh = { ...telemetry(301)[300], id: `${START + 3_600_000}-0` } as (typeof entries)[number];
    const document = await gate([...entries, fresh]);
    expect(document.reasons.join()).toMatch(/telemetry_silence: for 55 min 1 s from .* on there was no event/);
  });

  test("an event from the future is not evidence", async () => {
    const document = await qualityGate(
      sourceOf(telemetry(300)),
      { ...ALL, mode: "canary", model: null },
      judgementContext(START),
    );
    expect(document.reasons.join()).toContain("clock_skew");
  });

  test("a model whose file changed is not one model", async () => {
    const entries = telemetry(300, (draft, index) => {
      if (index >= 150) Object.assign(draft.modelBreakdown["nhits"] ?? {}, { artifact_sha256: "a".repeat(64) });
    });
    const document = await gate(entries);
    expect(document.models.filter(({ verdict }) => verdict === "fail").map(({ model }) => model)).toEqual(["nhits"]);
    expect(document.models.find(({ model }) => model === "nhits")?.reasons.join()).toContain("mixed_artifact");
  });

  test("another canary in between is another set of weights", async () => {
    const entries = telemetry(300, (draft, index) => {
      draft.payload["canary"] = { model: "nhits", weight: index % 2 === 0 ? 0.1 : 0.9 };
    });
    expect((await gate(entries)).reasons.join()).toContain("weights_mismatch");
  });

  test("the evidence includes policy, host, range and builds", async () => {
    const entries = telemetry(300);
    const document = await gate(entries);
    expect(document).toMatchObject({
      host: "test",
      firstId: entries[0]?.id,
      lastId: entries[299]?.id,
      policySource: "built-in",
    });
    expect(document.builds).toHaveLength(1);
    const request: GateRequest = { ...ALL, mode: "canary", model: null };
    const strict = { ...DEFAULT_POLICY, minEvents: { collection: 100, canary: 301 } };
    const stricter = await qualityGate(sourceOf(entries), request, judgementContext(LATER, strict));
    expect(stricter.verdict).toBe("fail");
    expect(stricter.policyHash).not.toBe(document.policyHash);
  });
});

describe("a shadow", () => {
  /** Makes xgboost a shadow from one event on, and up to another. */
  const shadow =
    (from = 0, to = Infinity, more?: (draft: Draft, index: number) => void) =>
    (draft: Draft, index: number): void => {
      const weights = draft.payload["weights"] as Record<string, number>;
      weights["xgboost"] = 0;
      weights["lightgbm"] = 0.5;
      if (index >= from && index < to) Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { status: "shadow" });
      more?.(draft, index);
    };
  const asked = { model: "xgboost", shadow: true } as const;

  test("fails a gate that is not asked about it as a shadow, which says how to ask", async () => {
    const document = await gate(telemetry(300, shadow()), { model: "xgboost" });
    expect(document.verdict).toBe("fail");
    expect(document.next?.[0]).toBe("The engine runs xgboost as a shadow, without a vote: judge it as one (--shadow).");
    expect(document).not.toHaveProperty("shadow");
  });

  test("passes by its own answers, and the document says that it is a shadow", async () => {
    const request = { ...ALL, ...asked, mode: "canary", afterMs: START } as const;
    const now = START + 300 * INTERVAL;
    const live = sourceOf(telemetry(300, shadow()), true, () => now);
    const document = await qualityGate(live, request, judgementContext(now));
    expect([document.verdict, document.exitCode, document.shadow]).toEqual(["pass", 0, true]);
    expect(document.next?.[0]).toMatch(/^The model may be activated: qsc activate --model xgboost --shadow --cutover /);
    const passed = document.models.find(({ model }) => model === "xgboost");
    expect(passed?.stats).toMatchObject({ n: 300, nonPredictions: 0 });
    expect(document.dependence?.map(({ model }) => model)).toContain("xgboost");
    expect(gateDocument.safeParse(document).error).toBeUndefined();
  });

  test("is judged by the same checks", async () => {
    const document = await gate(telemetry(300, shadow(0, Infinity, collapse(["xgboost"]))), asked);
    expect([document.verdict, document.codes]).toEqual(["fail", ["model_failed"]]);
    expect(document.reasons[0]).toContain("constant_output");
    expect(document.next).toEqual([
      "Run qsc diagnose --shadow over the same range: it names the likely cause and what to do about it.",
    ]);
  });

  test.each([
    [1, Infinity],
    [0, 299],
  ])("that votes in one decision fails (a shadow from %s to %s)", async (from, to) => {
    const document = await gate(telemetry(300, shadow(from, to)), asked);
    expect(document.verdict).toBe("fail");
    expect(document.reasons[0]).toContain("shadow_voted: the model was judged as a shadow, and is not one: voted (1 x");
  });

  test("that votes in all decisions fails", async () => {
    const document = await gate(telemetry(300), asked);
    expect(document.verdict).toBe("fail");
    expect(document.reasons[0]).toContain("shadow_voted");
  });

  test("is like another model: a comparison does not stand in the way", async () => {
    const alike = shadow(0, Infinity, ({ modelBreakdown: { xgboost = {}, nhits } }, index) => {
      if (index % 3 === 0) Object.assign(xgboost, { action: nhits?.["action"] });
    });
    const document = await gate(telemetry(300, alike), { ...asked, against: "nhits" });
    expect([document.verdict, document.comparison]).toMatchObject(["pass", { against: "nhits", result: "alike" }]);
    expect(gateDocument.safeParse(document).error).toBeUndefined();
  });

  test("differs from another model: the reason names label, direction and effect", async () => {
    const differing = shadow(0, Infinity, ({ modelBreakdown: { xgboost = {} } }, index) => {
      if (index % 2 === 0) Object.assign(xgboost, { action: "BUY" });
    });
    const document = await gate(telemetry(600, differing), { ...asked, against: "nhits" });
    expect([document.verdict, document.codes]).toEqual(["fail", ["models_differ"]]);
    expect(document.reasons[0]).toMatch(
      /^xgboost answers HOLD less often than nhits: \d\d\.\d % against \d\d\.\d % of 600 common decisions; proven since decision \d+, evidence 10\^\d\.\d, and 10\^2\.0 is conclusive$/,
    );
    expect(gateDocument.safeParse(document).error).toBeUndefined();
  });

  test("cannot be compared with a model that hardly answers: unknown is not a pass", async () => {
    const silent = shadow(0, Infinity, ({ modelBreakdown }, index) => {
      if (index >= 100) delete modelBreakdown["nhits"];
    });
    const document = await gate(telemetry(300, silent), { ...asked, against: "nhits" });
    expect([document.verdict, document.codes]).toEqual(["unknown", ["comparison_unproven"]]);
    expect(document.reasons[0]).toMatch(
      /^xgboost could not be compared with nhits: \d+ decisions could be compared, and at least 200 are needed$/,
    );
  });

  test.each<[string, (draft: Draft, index: number) => void, RegExp]>([
    [
      "that names the same model file",
      ({ modelBreakdown: { xgboost = {}, nhits = {} } }) => {
        Object.assign(xgboost, { action: nhits["action"], artifact_sha256: nhits["artifact_sha256"] });
      },
      /both name the same model file$/,
    ],
    [
      "whose labels it exchanges",
      ({ modelBreakdown: { xgboost = {}, nhits = {} } }, index) => {
        const labels = ["BUY", "SELL", "HOLD"];
        Object.assign(xgboost, { action: labels[index % 3] });
        Object.assign(nhits, { action: labels[(index + 1) % 3] });
      },
      /both answer BUY in 0\.0 % of the decisions, where chance alone would give 11\.1 %: labels may be exchanged$/,
    ],
  ])("cannot be compared with a model %s", async (_, more, why) => {
    const document = await gate(telemetry(600, shadow(0, Infinity, more)), { ...asked, against: "nhits" });
    expect([document.verdict, document.codes]).toEqual(["unknown", ["comparison_unproven"]]);
    expect([document.reasons[0], document.comparison?.because]).toEqual([
      expect.stringMatching(why),
      expect.stringMatching(why),
    ]);
    expect(gateDocument.safeParse(document).error).toBeUndefined();
  });

  test("is compared with a model that is there", async () => {
    await expect(gate(telemetry(300, shadow()), { ...asked, against: "lstm" })).rejects.toMatchObject({
      code: "unknown_model",
    });
  });

  test.each<[string, Partial<GateRequest>]>([
    ["a shadow without a name", { shadow: true }],
    ["a comparison without a shadow", { model: "xgboost", against: "nhits" }],
    ["a comparison with itself", { ...asked, against: "xgboost" }],
    ["a flag that is not one", { model: "xgboost", shadow: "yes" as never }],
  ])("%s is refused", async (_, given) => {
    await expect(gate(telemetry(300, shadow()), given)).rejects.toMatchObject({ code: "invalid_option" });
  });
});
