import { FEATURES_EVENT_TYPE, MAX_FEATURES } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFeatures, type RawEntry } from "../src/index.js";

function entry(payload: string, fields: readonly string[] = ["event_type", FEATURES_EVENT_TYPE]): RawEntry {
  return { kind: "entry", id: "1700000000000-0", place: "1700000000000-0", fields: [...fields, "payload", payload] };
}

test("a row of features is read with its symbol, and NaN and infinities as those numbers", () => {
  const row = decodeFeatures(entry('{"symbol":"BTCUSDT","features":{"a":1.5,"b":NaN,"c":-Infinity,"d":"x","e":null}}'));
  expect(row).toEqual({
    kind: "features",
    id: "1700000000000-0",
    symbol: "BTCUSDT",
    values: new Map<string, unknown>([
      ["a", 1.5],
      ["b", NaN],
      ["c", -Infinity],
      ["d", { invalid: '"x"' }],
      ["e", { invalid: "null" }],
    ]),
  });
});

describe("is refused with its reason", () => {
  const many = Object.fromEntries(Array.from({ length: MAX_FEATURES + 1 }, (_, index) => [`f${index}`, 1]));
  const rows: readonly (readonly [string, RawEntry, string])[] = [
    ["not JSON", entry("{"), "unreadable_json"],
    ["a list", entry("[]"), "not_an_object"],
    ["an empty payload", entry(""), "no_payload"],
    ["no symbol", entry('{"features":{}}'), "missing_field"],
    ["a symbol of another type", entry('{"symbol":1,"features":{}}'), "missing_field"],
    ["a symbol with a control character", entry('{"symbol":"A\\u001b","features":{}}'), "missing_field"],
    ["a symbol of 65 characters", entry(JSON.stringify({ symbol: "A".repeat(65), features: {} })), "missing_field"],
    ["no features", entry('{"symbol":"A"}'), "missing_field"],
    ["features in a list", entry('{"symbol":"A","features":[1]}'), "not_an_object"],
    ["too many features", entry(JSON.stringify({ symbol: "A", features: many })), "too_large"],
    ["a number that overflows", entry('{"symbol":"A","features":{"a":1e400}}'), "number_overflow"],
    ["__proto__", entry('{"symbol":"A","features":{"__proto__":1}}'), "forbidden_key"],
    ["an intent", entry("{}", ["event_type", "trade.intent"]), "other_event_type"],
    ["no event type", entry("{}", []), "other_event_type"],
    ["a field without a value", { ...entry("{}"), fields: ["event_type"] }, "unreadable_line"],
  ];
  test.each(rows)("%s", (_name, raw, reason) => {
    expect(decodeFeatures(raw)).toMatchObject({ kind: "rejected", id: raw.id, place: raw.place, reason });
  });
});

test("no entry makes it throw, and every row read has a harmless symbol", () => {
  const payload = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ symbol: fc.anything(), features: fc.anything() }).map((value) => {
      try {
        return JSON.stringify(value);
      } catch {
        return "{";
      }
    }),
  );
  fc.assert(
    fc.property(payload, (text) => {
      const row = decodeFeatures(entry(text));
      if (row.kind === "features") expect(row.symbol).toMatch(/^[\p{L}\p{N}][^\p{C}\s]*$/u);
      else expect(row.detail).not.toBe("");
    }),
  );
});
