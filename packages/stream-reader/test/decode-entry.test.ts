import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Intent, Rejection } from "@qsc/contract";
import { decodeEntry, openSource, type RawEntry } from "../src/index.js";
import { describeRequiring, recordingOrSkip } from "@qsc-tooling/testkit";
import { collect, ALL } from "./support/collect.js";
import { BREAKDOWN_V2, entry, PAYLOAD_V2, v1, v2 } from "./support/entries.js";

function intent(found: RawEntry, features = false): Intent {
  const decoded = decodeEntry(found, { features });
  expect(decoded).toMatchObject({ kind: "intent" });
  return decoded as Intent;
}

function rejection(found: RawEntry, features = false): Rejection {
  const decoded = decodeEntry(found, { features });
  expect(decoded).toMatchObject({ kind: "rejected", id: found.id, place: found.place });
  return decoded as Rejection;
}

const model = (value: unknown, contract: 1 | 2 = 1, name = "m") => {
  const breakdown = { [name]: value };
  const found = contract === 1 ? v1({ model_breakdown: breakdown }) : v2(PAYLOAD_V2, breakdown);
  return intent(found).models[0];
};

describe("rejections", () => {
  const head = ["event_type", "trade.intent"];
  const good = '{"model_breakdown": {"a": {}}}';
  test.each([
    ["duplicate_field", entry("1-0", ...head, "payload", good, "payload", "{}")],
    ["duplicate_field", entry("1-0", ...head, ...Array.from({ length: 40 }, (_, n) => [`f${n % 39}`, ""]).flat())],
    ["duplicate_field", v1('{"model_breakdown": {"a": {"action": "BUY", "action": "SELL"}}}')],
    ["duplicate_field", v1('{"x": [{"a": 1, "\\u0061" : 2}], "model_breakdown": {"a": {}}}')],
    ["duplicate_field", v2(JSON.stringify(PAYLOAD_V2).replace("{", '{"build" : "other",'))],
    ["duplicate_field", v2(PAYLOAD_V2, '{"a": {}, "b": {}, "a": {}}')],
    ["duplicate_field", v2(PAYLOAD_V2, BREAKDOWN_V2, '{"a": NaN, "a": 1}')],
    ["forbidden_key", entry("1-0", ...head, "payload", good, "__proto__", "x")],
    ["too_large", entry("1-0", ...head, "payload", good, "x", "é".repeat(600_000))],
    ["unreadable_line", entry("1-0", ...head, "payload")],
    ["other_event_type", entry("1-0", "event_type", "market.tick", "payload", good)],
    ["other_event_type", entry("1-0", "payload", good)],
    ["unknown_contract", entry("1-0", ...head, "contract", "3", "payload", good)],
    ["unknown_contract", entry("1-0", ...head, "contract", "", "payload", good)],
    ["no_payload", entry("1-0", ...head)],
    ["no_payload", entry("1-0", ...head, "payload", "")],
    ["unreadable_json", v1("{")],
    ["not_an_object", v1("[1]")],
    ["not_an_object", v1("NaN")],
    ["number_overflow", v1('{"x": 1e400, "model_breakdown": {"a": {}}}')],
    ["forbidden_key", v1('{"x": {"__proto__": {}}, "model_breakdown": {"a": {}}}')],
    ["too_deep", v1(`{"x": ${"[".repeat(64)}${"]".repeat(64)}, "model_breakdown": {"a": {}}}`)],
    ["no_breakdown", v1({ symbol: "BTC" })],
    ["no_breakdown", v1({ model_breakdown: {} })],
    ["no_breakdown", v1({ model_breakdown: [{}] })],
    ["no_breakdown", v2(PAYLOAD_V2, "")],
    ["no_breakdown", entry("1-0", ...head, "contract", "2", "payload", JSON.stringify(PAYLOAD_V2))],
    ["no_breakdown", v2(PAYLOAD_V2, null)],
    ["not_an_object", v2([])],
    [
      "too_many_models",
      v1({ model_breakdown: Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`m${n}`, {}])) }),
    ],
    ["invalid_model_name", v1({ model_breakdown: { "a\u001b[2J": {} } })],
    ["invalid_model_name", v2({ ...PAYLOAD_V2, weights: { "<b>": 1 } })],
    ["missing_field", v2({ ...PAYLOAD_V2, decision_id: "" })],
    ["missing_field", v2({ ...PAYLOAD_V2, build: 7 })],
    ["missing_field", v2({ ...PAYLOAD_V2, weights: { a: -1 } })],
    ["missing_field", v2({ ...PAYLOAD_V2, weights: {} })],
    ["missing_field", v2({ ...PAYLOAD_V2, decision_id: "x".repeat(201) })],
    ["missing_field", v2({ ...PAYLOAD_V2, build: "x".repeat(201) })],
    ["missing_field", v2({ ...PAYLOAD_V2, boot_id: "x".repeat(201) })],
    ["missing_field", v2(JSON.stringify(PAYLOAD_V2).replace("0.6", "NaN"))],
    ["missing_field", v2({ ...PAYLOAD_V2, canary: { model: "a" } })],
    ["missing_field", v2({ ...PAYLOAD_V2, canary: undefined })],
    ["unreadable_json", v2(PAYLOAD_V2, "{")],
    ["number_overflow", v2(PAYLOAD_V2, BREAKDOWN_V2, '{"a": 1e999}')],
    ["forbidden_key", v2(PAYLOAD_V2, BREAKDOWN_V2, '{"__proto__": 1}')],
  ] as const)("%s", (reason, found) => {
    expect(rejection(found).reason).toBe(reason);
  });

  test("name the field, and quote no more than 40 characters", () => {
    expect(rejection(v2({ ...PAYLOAD_V2, boot_id: null })).detail).toBe("boot_id is null, not a non-empty text");
    expect(rejection(v2(PAYLOAD_V2, BREAKDOWN_V2, "{"), true)).toMatchObject({
      reason: "unreadable_json",
      detail: expect.stringMatching(/^features: /) as string,
    });
    expect(rejection(entry("1-0", "event_type", "x".repeat(1000))).detail.length).toBeLessThan(100);
    expect(rejection(v1({ model_breakdown: { ["y".repeat(1000)]: {} } })).detail.length).toBeLessThan(100);
  });

  test("name the repeated key and its field, and the length of a text that is too long", () => {
    expect(rejection(v2(PAYLOAD_V2, '{"xgboost": {"status": "active", "status": "shadow"}}')).detail).toBe(
      "model_breakdown: the name 'status' is given twice",
    );
    expect(rejection(v2(PAYLOAD_V2, BREAKDOWN_V2, '{"a": 1, "b": 2, "a": 3}'), true).detail).toBe(
      "features: the name 'a' is given twice",
    );
    expect(rejection(v2({ ...PAYLOAD_V2, decision_id: "x".repeat(201) })).detail).toBe(
      "decision_id is 201 characters long; at most 200 are read",
    );
    expect(
      intent(v2({ ...PAYLOAD_V2, decision_id: "x".repeat(200), build: "x".repeat(200), boot_id: "x".repeat(200) }))
        .engine?.build,
    ).toHaveLength(200);
  });

  test("a text that quotes a key does not count as a repetition, nor do equal keys of different objects", () => {
    const note = '{"a": 1} ": ", ":" \\": "';
    const payload = {
      note,
      " : ": "::",
      '"': { '":': 1 },
      model_breakdown: { a: { action: "BUY" }, b: { action: "BUY" } },
    };
    expect(intent(v1(payload)).models).toHaveLength(2);
    expect(intent(v1(JSON.stringify(payload, null, 2))).models).toHaveLength(2);
  });

  test("a hostile key does not reach a prototype", () => {
    rejection(v1('{"__proto__": {"polluted": 1}, "model_breakdown": {"a": {"\\u005f_proto__": {"polluted": 1}}}}'));
    expect("polluted" in {}).toBe(false);
    expect(
      intent(
        v1('{"constructor": {"prototype": {"polluted": 1}}, "model_breakdown": {"constructor": {"action": "BUY"}}}'),
      ).models[0]?.model,
    ).toBe("constructor");
    expect("polluted" in {}).toBe(false);
  });
});

describe("a model's answer", () => {
  test.each([1, 2] as const)(
    "version %i: that names another model of the ensemble is not the model's own",
    (version) => {
      const marks = version === 2 ? { status: "active" } : {};
      const breakdown = {
        xgb: { action: "BUY", model: "lgbm", ...marks },
        lgbm: { action: "BUY", model: "lgbm", ...marks },
        lstm: { action: "BUY", model: "lgbm_v2", ...marks },
      };
      const text = JSON.stringify(breakdown);
      const read = intent(version === 2 ? v2(PAYLOAD_V2, text) : v1(`{"model_breakdown": ${text}}`));
      expect(read.models.map(({ nonPrediction }) => nonPrediction)).toEqual([
        "fallback: the answer of lgbm",
        null,
        null,
      ]);
      expect(read.models.map(({ voted }) => voted)).toEqual([true, true, true]);
    },
  );

  test("is read as found", () => {
    expect(model({ action: "BUY", confidence: 0.25 })).toEqual({
      model: "m",
      nonPrediction: null,
      voted: true,
      action: "BUY",
      confidence: 0.25,
      latencyMs: null,
      artifactSha256: null,
    });
    expect(intent(v2()).models[0]).toMatchObject({
      nonPrediction: null,
      voted: true,
      latencyMs: 3.5,
      artifactSha256: "ab".repeat(32),
    });
  });

  test.each([
    [{ inactive: true, inactive_reason: "degenerate_output" }, "inactive: degenerate_output"],
    [{ inactive: "true" }, "inactive: no reason given"],
    [{ inactive: 1 }, "inactive: no reason given"],
    [{ inactive_reason: "x".repeat(200) }, `inactive: ${"x".repeat(80)}`],
    [{ shadow: true }, "shadow"],
    [{ shadow: 1 }, "shadow"],
    [{ shadow: "True" }, "shadow"],
    [{ shadow: "false" }, "inactive: unknown value of shadow false"],
    [{ shadow: "no" }, "inactive: unknown value of shadow no"],
    [{ shadow: {} }, "inactive: unknown value of shadow {}"],
    [{ shadow: true, error: "boom" }, "error: boom"],
    [{ shadow: true, inactive_reason: "timeout" }, "inactive: timeout"],
    [{ shadow: true, status: "degraded" }, "inactive: unknown status degraded"],
    [{ shadow: true, model: "xgb_fallback" }, "fallback: xgb_fallback"],
    [{ error: { code: 7 } }, 'error: {"code":7}'],
    [{ status: "inactive" }, "inactive: no reason given"],
    [{ status: "shadow" }, "shadow"],
    [{ status: "degraded" }, "inactive: unknown status degraded"],
    [{ status: "active", active: false }, "inactive: no reason given"],
    [{ active: "False", inactive_reason: "timeout" }, "inactive: timeout"],
    [{ active: 0 }, "inactive: no reason given"],
    [{ active: "no" }, "inactive: unknown value of active no"],
    [{ active: "0" }, "inactive: unknown value of active 0"],
    [{ active: "" }, "inactive: unknown value of active "],
    [{ active: [] }, "inactive: unknown value of active []"],
    [{ active: 0.5 }, "inactive: unknown value of active 0.5"],
  ])("%j is not a prediction and not a vote", (marks, nonPrediction) => {
    expect(model({ action: "BUY", confidence: 0.5, ...marks })).toMatchObject({ nonPrediction, voted: false });
  });

  test.each([
    ["m", { model: "nhits_insufficient_history" }, "fallback: nhits_insufficient_history"],
    ["m", { model: "LGBM_Fallback_v2" }, "fallback: LGBM_Fallback_v2"],
    ["fallback", {}, "fallback: fallback"],
    ["xgb_fallback", 7, "fallback: xgb_fallback"],
    ["m", { model: 7 }, "fallback: model name is not a string"],
    [
      "m",
      { model: "xgboost", reason: "Insufficient_History: 12 of 60 bars" },
      "fallback: Insufficient_History: 12 of 60 bars",
    ],
    ["m", { reason: "insufficient history: 12 of 60 rows" }, "fallback: insufficient history: 12 of 60 rows"],
    ["m", { reason: "Insufficient-History" }, "fallback: Insufficient-History"],
    ["m", { model: "nhitsInsufficientHistory" }, "fallback: nhitsInsufficientHistory"],
    ["m", { model: "xgb_fall_back" }, "fallback: xgb_fall_back"],
    ["m", { reason: "fall back to neutral" }, "fallback: fall back to neutral"],
    ["xgb-fall-back", {}, "fallback: xgb-fall-back"],
    ["m", { fallback: true }, "fallback: marked as a fallback"],
    ["m", { fallback: "neutral" }, "fallback: marked as a fallback"],
    ["m", { is_fallback: true }, "fallback: marked as a fallback"],
    ["m", { used_fallback: 1 }, "fallback: marked as a fallback"],
    ["m", { fallback_used: "yes" }, "fallback: marked as a fallback"],
    ["m", { isFallback: "True" }, "fallback: marked as a fallback"],
    ["m", { from_fallback: {} }, "fallback: marked as a fallback"],
    ["m", { fallback_reason: "no history" }, "fallback: marked as a fallback"],
    ["m", { source: "Fallback" }, "fallback: Fallback"],
    ["m", { reason: { kind: "fallback" } }, 'fallback: {"kind":"fallback"}'],
    ["m", { reason: ["insufficient_history"] }, 'fallback: ["insufficient_history"]'],
    ["m", { reason: `FALLBACK ${"x".repeat(900)}` }, `fallback: FALLBACK ${"x".repeat(71)}`],
  ])("%s %j is a silent fallback, not a vote", (name, value, nonPrediction) => {
    expect(model(value, 1, name)).toMatchObject({ nonPrediction, voted: true });
  });

  test.each([
    { status: "active" },
    { active: true },
    { active: 1 },
    { active: "True" },
    { active: null },
    { reason: "momentum" },
    { reason: { kind: "momentum" } },
    { reason: null },
    { model: "xgboost" },
    { model: null },
    { status: null },
  ])("version 1: %j is a prediction", (marks) => {
    expect(model(marks)).toMatchObject({ nonPrediction: null, voted: true });
  });

  test.each([
    [{ status: "shadow" }, "shadow"],
    [{ shadow: true }, "shadow"],
    [{ status: "active", shadow: true }, "shadow"],
    [{ status: "active", shadow: "false" }, "inactive: unknown value of shadow false"],
    [{ status: "shadow", shadow: "false" }, "inactive: unknown value of shadow false"],
    [{ status: "shadow", error: "boom" }, "error: boom"],
    [{ status: "shadow", reason: "insufficient_history" }, "fallback: insufficient_history"],
    [{ status: "inactive" }, "inactive: no reason given"],
    [{}, "inactive: unknown status missing"],
    [{ status: "ACTIVE" }, "inactive: unknown status ACTIVE"],
    [{ status: "active", error: "boom" }, "error: boom"],
    [{ status: "active", inactive: true }, "inactive: no reason given"],
    [{ status: "active", inactive: false, shadow: 0, error: null, inactive_reason: "" }, null],
  ])("version 2: %j", (marks, nonPrediction) => {
    expect(model(marks, 2)).toMatchObject({ nonPrediction, voted: nonPrediction === null });
  });

  test.each([
    [undefined, { invalid: "missing" }],
    [null, { invalid: "null" }],
    ["0.9", { invalid: '"0.9"' }],
    [true, { invalid: "true" }],
    [1.7, 1.7],
    ["z".repeat(100), { invalid: `"${"z".repeat(39)}` }],
  ])("confidence %j", (confidence, read) => {
    expect(model({ confidence })?.confidence).toEqual(read);
  });

  test("keeps the numbers that JSON lacks", () => {
    const { models, notFinite } = intent(
      v1(
        '{"atr_value": NaN, "deep": {"x": -Infinity}, "model_breakdown": {"a": {"confidence": NaN}, "b": {"confidence": Infinity}}}',
      ),
    );
    expect(models.map(({ confidence }) => confidence)).toEqual([Number.NaN, Infinity]);
    expect(notFinite).toEqual(["atr_value", "deep.x"]);
  });

  test("is never dropped if it is not an object", () => {
    expect(model("HOLD")).toMatchObject({ nonPrediction: null, action: null, confidence: { invalid: '"HOLD"' } });
    expect(model(null)).toMatchObject({ nonPrediction: null, action: null, confidence: { invalid: "null" } });
  });

  test.each([
    ["3", { invalid: '"3"' }],
    [-1, { invalid: "-1" }],
    [null, null],
    [0, 0],
  ])("latency %j", (latency_ms, read) => {
    expect(model({ status: "active", latency_ms }, 2)?.latencyMs).toEqual(read);
  });
});

describe("keys", () => {
  const a = {
    symbol: "BTC",
    timestamp: "t1",
    model_breakdown: { x: { action: "BUY", confidence: 0.5 }, y: { action: "SELL" } },
  };
  const reordered = {
    model_breakdown: { y: { action: "SELL" }, x: { confidence: 0.5, action: "BUY" } },
    timestamp: "t1",
    symbol: "BTC",
  };
  const key = (payload: object, id = "1-0"): string => intent(v1(payload, id)).decisionKey;

  test("version 1: symbol, timestamp and breakdown, in any order of keys and under any ID", () => {
    expect(key(a)).toBe(key(reordered, "2-0"));
    expect(intent(v1(a)).contentKey).toBe(intent(v1(reordered)).contentKey);
    for (const change of [
      { symbol: "ETH" },
      { timestamp: "t2" },
      { model_breakdown: { ...a.model_breakdown, x: { action: "BUY", confidence: 0.51 } } },
    ]) {
      expect(key({ ...a, ...change })).not.toBe(key(a));
    }
  });

  test("version 1 without a symbol: the timestamp and the breakdown, under any ID", () => {
    const { timestamp, model_breakdown } = a;
    const rest = { timestamp, model_breakdown };
    expect(key(rest, "1-0")).toBe(key(rest, "2-0"));
    expect(key(rest)).not.toBe(key(a));
    expect(key({ ...rest, model_breakdown: { x: {} } })).not.toBe(key(rest));
    expect(key({ symbol: "BTC t1", model_breakdown })).not.toBe(key(a));
  });

  test.each([
    ["missing", undefined],
    ["null", null],
    ["empty", ""],
    ["blank", " \t"],
    ["true", true],
    ["an object", { at: 1 }],
    ["a list", ["t1"]],
  ])(
    "version 1 with a timestamp that is %s: an entry repeats another only if the IDs are equal too",
    (_, timestamp) => {
      const rest = { ...a, timestamp };
      expect(key(rest, "1-0")).not.toBe(key(rest, "2-0"));
      expect(key(rest, "1-0")).toBe(key({ ...reordered, timestamp }, "1-0"));
      expect(key(rest)).not.toBe(key({ ...rest, model_breakdown: { x: {} } }));
      expect(key(rest)).not.toBe(key({ ...rest, symbol: "ETH" }));
    },
  );

  test.each(["NaN", "Infinity", "-Infinity"])(
    "version 1 with the timestamp %s: an entry repeats another only if the IDs are equal too",
    (literal) => {
      const text = JSON.stringify(a).replace('"t1"', literal);
      expect(intent(v1(text, "1-0")).decisionKey).not.toBe(intent(v1(text, "2-0")).decisionKey);
    },
  );

  test("version 1 with a timestamp of digits: the same decision under any ID, and never confused with an entry of that ID", () => {
    for (const timestamp of [1763818338282, "1763818338282-0", 0])
      expect(key({ ...a, timestamp }, "1-0")).toBe(key({ ...a, timestamp }, "2-0"));
    const rest = { ...a, timestamp: undefined };
    expect(key({ ...a, timestamp: "1-0" }, "1-0")).not.toBe(key(rest, "1-0"));
    expect(key({ ...a, symbol: "@BTC", timestamp: "1-0" }, "1-0")).not.toBe(key(rest, "1-0"));
  });

  test("version 1: different numbers outside the breakdown are the same decision with different content", () => {
    const marked = (metadata: string): Intent => intent(v1(JSON.stringify(a).replace("{", `{${metadata},`)));
    const plain = marked('"atr_value": 1, "deep": {"x": 2}, "regime": "bull"');
    const same = intent(v1({ ...reordered, deep: { x: 2 }, regime: "bear", atr_value: 1 }));
    expect(same.contentKey).toBe(plain.contentKey);
    for (const other of [
      '"atr_value": NaN',
      '"atr_value": 1, "deep": {"x": NaN}',
      '"atr_value": 1.01, "deep": {"x": 2}',
      '"atr_value": "1", "deep": {"x": 2}',
      '"atr_value": 1, "spread": 1',
      '"atr_value": 1, "confidence": 0.5',
    ]) {
      expect(marked(other).decisionKey).toBe(plain.decisionKey);
      expect(marked(other).contentKey).not.toBe(plain.contentKey);
    }
  });

  test("version 2: the features, the canary and non-finite numbers belong to the content, parsed or not", () => {
    const content = (features: unknown, payload: unknown = PAYLOAD_V2, parsed = false): string =>
      intent(v2(payload, BREAKDOWN_V2, features), parsed).contentKey;
    const text = JSON.stringify(PAYLOAD_V2);
    expect(content({ a: 1 })).toBe(content({ a: 1 }, PAYLOAD_V2, true));
    const others = [
      content(undefined),
      content({ a: 1 }),
      content({ a: 2 }),
      content('{"a": NaN}'),
      content({ a: 1 }, { ...PAYLOAD_V2, canary: { model: "xgboost", weight: 0.1 } }),
      content({ a: 1 }, text.replace("{", '{"price": NaN,')),
    ];
    expect(new Set(others).size).toBe(others.length);
    expect(content({ a: 1 }, text.replace("{", '{"p": NaN, "q": NaN,'))).toBe(
      content({ a: 1 }, text.replace("{", '{"q": NaN, "p": NaN,')),
    );
  });

  test("version 2: decision_id; the content is breakdown, weights, build and boot", () => {
    expect(intent(v2()).decisionKey).toBe("d-1");
    const content = (payload: object, breakdown: object = BREAKDOWN_V2): string =>
      intent(v2(payload, breakdown)).contentKey;
    expect(content({ ...PAYLOAD_V2, symbol: "ETH", decision_id: "d-2" })).toBe(content(PAYLOAD_V2));
    for (const change of [{ build: "b" }, { boot_id: "b" }, { weights: { xgboost: 0.4, lightgbm: 0.6 } }]) {
      expect(content({ ...PAYLOAD_V2, ...change })).not.toBe(content(PAYLOAD_V2));
    }
  });

  test("small differences give different content keys", () => {
    const found = new Set<string>();
    for (let n = 0; n < 20_000; n++) {
      found.add(
        intent(v1({ model_breakdown: { m: { confidence: n / 20_000, action: n % 2 === 0 ? "BUY" : "SELL" } } }))
          .contentKey,
      );
    }
    expect(found.size).toBe(20_000);
  });
});

describe("features", () => {
  const values = (found: RawEntry) =>
    intent(found, true).features?.map(({ model: of, values: read }) => [of, Object.fromEntries(read)]);

  test("version 1: the numeric metadata, and the promised names whatever their values", () => {
    const payload = {
      symbol: "BTC",
      confidence: 0.5,
      timestamp: 12,
      consensus_count: 1,
      total_models: 4,
      atr_value: "high",
      funding_rate: null,
      spread: 3,
      regime: "bull",
      model_breakdown: { a: {} },
    };
    expect(values(v1(payload))).toEqual([
      [null, { atr_value: { invalid: '"high"' }, funding_rate: { invalid: "null" }, spread: 3 }],
    ]);
    expect(intent(v1(payload)).features).toBe(null);
  });

  test("version 2: one vector, one per model, or none", () => {
    expect(values(v2(PAYLOAD_V2, BREAKDOWN_V2, { a: 1, b: "x" }))).toEqual([[null, { a: 1, b: { invalid: '"x"' } }]]);
    expect(values(v2(PAYLOAD_V2, BREAKDOWN_V2, { m: { a: 1 }, n: { a: 2 } }))).toEqual([
      ["m", { a: 1 }],
      ["n", { a: 2 }],
    ]);
    expect(values(v2())).toEqual([]);
  });

  test("version 2: non-finite numbers are named even if the features were not asked for", () => {
    expect(intent(v2(PAYLOAD_V2, BREAKDOWN_V2, '{"a": NaN, "b": 1, "Infinity": -Infinity}')).notFinite).toEqual([
      "features.a",
      "features.Infinity",
    ]);
    expect(intent(v2(PAYLOAD_V2, BREAKDOWN_V2, '{"m": {"a": NaN}}'), true).notFinite).toEqual(["features.m.a"]);
    expect(intent(v2({ ...PAYLOAD_V2, note: "NaN and 1e999" })).notFinite).toEqual([]);
  });
});

describeRequiring(recordingOrSkip(), "the recording of 2025-11-22", (path) => {
  test("has 330 intents, none rejected, two models that never predicted", async () => {
    await using source = await openSource(path);
    const items = (await collect(source.pages(ALL))).flat();
    const intents = items.map((item) => intent(item as RawEntry));
    expect(intents).toHaveLength(330);
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(330);
    for (const { models } of intents) {
      expect(models.map(({ model: name, nonPrediction }) => [name, nonPrediction])).toEqual([
        ["xgboost", null],
        ["lightgbm", null],
        ["nhits", "fallback: nhits_insufficient_history"],
        ["patchtst", "fallback: patchtst_insufficient_history"],
      ]);
    }
    expect(new Set(intents.map(({ decisionKey }) => decisionKey)).size).toBe(330);
  });
});
