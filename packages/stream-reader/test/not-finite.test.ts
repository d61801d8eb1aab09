import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEntry, type RawEntry } from "../src/index.js";
import { strictJson } from "./support/strict-json.js";
import { BREAKDOWN_V2, PAYLOAD_V2, v1, v2 } from "./support/entries.js";

const BREAKDOWN_V1 = { a: { action: "BUY", confidence: 0.5, model: "a" } };
const LOST = ["NaN", "nan", "Infinity", "-Infinity", "inf", "-INF", "+inf", " Nan ", "\tinf"];
const KEPT = ["nano", "info", "infinite", "NaN%", "-", "", "none", "0.5", "INFUSDT"];

function notFinite(entry: RawEntry, features = false): readonly string[] {
  const read = decodeEntry(entry, { features });
  if (read.kind === "rejected") throw new Error(read.detail);
  return read.notFinite;
}

describe("numbers that a writer turned into text", () => {
  test.each(LOST)("%j is found anywhere in a payload except in members that are texts", (text) => {
    const members = { symbol: text, side: text, model: text, price: text, trade: { stops: [1, text] } };
    expect(notFinite(v1({ ...members, model_breakdown: BREAKDOWN_V1 }))).toEqual(["price", "trade.stops.1"]);
    expect(notFinite(v2({ ...PAYLOAD_V2, ...members, decision_id: text, build: text, boot_id: text }))).toEqual([
      "price",
      "trade.stops.1",
    ]);
  });

  test.each(LOST)("%j is found in the features, whether or not they are asked for", (text) => {
    for (const asked of [false, true]) {
      expect(notFinite(v2(PAYLOAD_V2, BREAKDOWN_V2, { rsi: text, macd: 1 }), asked)).toEqual(["features.rsi"]);
      expect(notFinite(v2(PAYLOAD_V2, BREAKDOWN_V2, { xgboost: { rsi: 1 }, nhits: { rsi: text } }), asked)).toEqual([
        "features.nhits.rsi",
      ]);
    }
  });

  test("are found however they are escaped", () => {
    const escaped = JSON.stringify({ rsi: "@" }).replace("@", String.raw`\u004ea\u004E`);
    expect(notFinite(v2(PAYLOAD_V2, BREAKDOWN_V2, escaped))).toEqual(["features.rsi"]);
    expect(
      notFinite(v1(JSON.stringify({ price: "@", model_breakdown: BREAKDOWN_V1 }).replace("@", String.raw`\u0069nf`))),
    ).toEqual(["price"]);
  });

  test.each(KEPT)("%j is not such a number", (text) => {
    expect(notFinite(v1({ price: text, model_breakdown: BREAKDOWN_V1 }))).toEqual([]);
    expect(notFinite(v2({ ...PAYLOAD_V2, price: text }, BREAKDOWN_V2, { rsi: text }))).toEqual([]);
  });
});

describe("numbers that a writer turned into null", () => {
  test("are found if version 1 promises a number, and so is any other value", () => {
    for (const value of [null, "0.5", "NaN", true, [], {}]) {
      expect(notFinite(v1({ atr_value: value, funding_rate: 0.1, model_breakdown: BREAKDOWN_V1 }))).toEqual([
        "atr_value",
      ]);
    }
  });

  test.each(["confidence", "consensus_count", "total_models"])(
    "are found in %s of the decision; version 2 may have null if it says why there is no decision",
    (name) => {
      for (const value of [null, "0.5", "NaN", true, [], {}]) {
        expect(notFinite(v1({ [name]: value, model_breakdown: BREAKDOWN_V1 }))).toEqual([name]);
        expect(notFinite(v2({ ...PAYLOAD_V2, [name]: value }))).toEqual([name]);
        for (const reason of ["", " ", null, 3, true])
          expect(notFinite(v2({ ...PAYLOAD_V2, [name]: value, no_decision_reason: reason }))).toEqual([name]);
        expect(notFinite(v2({ ...PAYLOAD_V2, [name]: value, no_decision_reason: "tie" }))).toEqual(
          value === null ? [] : [name],
        );
      }
    },
  );

  test("are found in features; null is allowed in a version 2 payload", () => {
    for (const asked of [false, true]) {
      expect(
        notFinite(
          v2({ ...PAYLOAD_V2, no_decision_reason: null, trade: { stop: null } }, BREAKDOWN_V2, {
            a: { rsi: null },
            b: { rsi: 1 },
          }),
          asked,
        ),
      ).toEqual(["features.a.rsi"]);
    }
  });

  test("a version 1 intent says which members are numbers and which are null", () => {
    const read = decodeEntry(
      v1(
        '{"price": NaN, "stop": null, "side": "BUY", "deep": {"x": null}, "n": 3, "model_breakdown": {"a": {"confidence": null}}}',
      ),
    );
    expect(read).toMatchObject({ members: { numbers: ["price", "n"], nulls: ["stop"] } });
    expect(decodeEntry(v2())).toMatchObject({ members: null });
  });
});

/** The names of non-finite numbers, by parsing and walking everything. */
function slowly(value: unknown, name: string, nulls: boolean): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [name];
  if (typeof value === "string") return /^[+-]?(nan|inf|infinity)$/i.test(value.trim()) ? [name] : [];
  if (value === null) return nulls ? [name] : [];
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, member]) => slowly(member, `${name}.${key}`, nulls));
}

test("scanning the text finds the same as walking the whole value", () => {
  const leaf = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom<unknown>(null, null, true, "%NaN%", "%-Infinity%", ...LOST, ...KEPT, "null", 'a"nan'),
  );
  const key = fc.constantFrom("a", "b", "nan", "inf", "null", "é", "x.y");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(key, tie("value"), { maxKeys: 3 }),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  }));
  const raw = (json: unknown): string => JSON.stringify(json).replace(/"%(-?\w+)%"/g, "$1");
  let found = 0;
  fc.assert(
    fc.property(
      fc.dictionary(key, value, { maxKeys: 4 }),
      fc.dictionary(key, value, { maxKeys: 3 }),
      fc.boolean(),
      (features, payload, isEscaped) => {
        // A text may begin with an escape in place of its first letter.
        const text = isEscaped
          ? raw(features).replace(/(?<=")([ni])/gi, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
          : raw(features);
        const entry = v2(raw({ ...payload, ...PAYLOAD_V2 }), BREAKDOWN_V2, text);
        const expected = [
          ...Object.entries(strictJson(raw(payload)) as object).flatMap(([name, member]) =>
            slowly(member, name, false),
          ),
          ...slowly(strictJson(text), "features", true),
        ];
        found += expected.length;
        const names = decodeEntry(entry);
        if (names.kind === "rejected") throw new Error(names.detail);
        expect([...names.notFinite].sort()).toEqual([...expected].sort());
      },
    ),
    { numRuns: 3000, seed: 8 },
  );
  expect(found).toBeGreaterThan(2000);
});
