import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEntry, type RawEntry } from "../src/index.js";
import { BREAKDOWN_V2, entry, PAYLOAD_V2, v1, v2 } from "./support/entries.js";
import { oracleAccepts } from "./support/oracle.js";

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    "x",
    "0.5",
    -1,
    0,
    1.5,
    [],
    {},
    { a: {} },
    [[1]],
    { "": 1 },
    "%NaN%",
    "%Infinity%",
    "%1e999%",
    "%-1e999%",
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const name = fc.oneof(
  fc.constantFrom(
    "xgboost",
    "lightgbm",
    "a b",
    "",
    "été",
    "m/1:2@x+y",
    "constructor",
    "toString",
    "-x",
    "x".repeat(128),
    "x".repeat(129),
    "\u202ex",
  ),
  fc.string({ maxLength: 6 }),
);
const model = fc.oneof(fc.record({ action: odd, confidence: odd, status: odd, model: odd }, { requiredKeys: [] }), odd);
const goodName = fc.constantFrom("xgboost", "lightgbm", "été", "m/1:2@x+y", "constructor", "7");
const anyBreakdown = fc.oneof(
  { weight: 6, arbitrary: fc.constant<unknown>(BREAKDOWN_V2) },
  { weight: 6, arbitrary: fc.dictionary(goodName, model, { minKeys: 1, maxKeys: 5 }) },
  { weight: 1, arbitrary: fc.dictionary(name, model, { maxKeys: 5 }) },
  { weight: 1, arbitrary: odd },
);
const anyFeatures = fc.option(
  fc.oneof({ weight: 3, arbitrary: fc.dictionary(goodName, odd, { maxKeys: 4 }) }, { weight: 1, arbitrary: odd }),
  { nil: undefined, freq: 2 },
);
const canary = fc.oneof(fc.constant(null), fc.record({ model: name, weight: odd }), odd);
const anyPayload = fc.oneof(
  { weight: 8, arbitrary: fc.constant<unknown>(PAYLOAD_V2) },
  fc.constantFrom<unknown>(
    { ...PAYLOAD_V2, weights: {} },
    { ...PAYLOAD_V2, build: "x".repeat(201) },
    { ...PAYLOAD_V2, decision_id: "é".repeat(200) },
    { ...PAYLOAD_V2, boot_id: "é".repeat(201) },
  ),
  fc
    .record({
      decision_id: odd,
      build: odd,
      boot_id: odd,
      weights: fc.oneof(fc.dictionary(name, odd, { maxKeys: 3 }), odd),
      canary,
    })
    .map((changed) => {
      // Changes one member at a time: with more, nothing would be readable.
      const keys = Object.keys(changed) as (keyof typeof changed)[];
      const key = keys[JSON.stringify(changed).length % keys.length] ?? "build";
      return { ...PAYLOAD_V2, [key]: changed[key] };
    }),
  fc
    .constantFrom("decision_id", "build", "boot_id", "weights", "canary")
    .map((key) => Object.fromEntries(Object.entries(PAYLOAD_V2).filter(([member]) => member !== key))),
);
const version1 = fc.oneof(
  { weight: 8, arbitrary: anyBreakdown.map((breakdown) => v1(raw({ symbol: "BTC", model_breakdown: breakdown }))) },
  { weight: 1, arbitrary: odd.map((payload) => v1(raw(payload))) },
);
const version2 = fc
  .tuple(anyPayload, anyBreakdown, anyFeatures)
  .map(([payload, breakdown, features]) =>
    v2(raw(payload), raw(breakdown), features === undefined ? undefined : raw(features)),
  );
const edit = fc.tuple(
  fc.nat(),
  fc.nat(),
  fc.constantFrom(
    "",
    "{",
    "}",
    "[",
    '"',
    ",",
    "e9",
    "9",
    "\\",
    "\\u0041",
    "NaN",
    "-",
    "\u0000",
    "__proto__",
    '"__proto__":1,',
  ),
);
/** A member before the first one of some object; the object may already have that key. */
const repeated = fc
  .tuple(fc.oneof(version1, version2), fc.nat(), fc.constantFrom("build", "model", "xgboost", "a", "symbol"))
  .map(([found, which, key]) => ({
    ...found,
    fields: found.fields.map((value) => {
      const objects = Array.from(value.matchAll(/\{(?=")/g), ({ index }) => index + 1);
      const place = objects[which % Math.max(1, objects.length)];
      return place === undefined ? value : `${value.slice(0, place)}"${key}" : "1",${value.slice(place)}`;
    }),
  }));
const edited = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: version1 },
      { weight: 6, arbitrary: version2 },
      { weight: 1, arbitrary: repeated },
    ),
    fc.oneof(fc.constant([]), fc.array(edit, { maxLength: 2 })),
  )
  .map(([found, edits]) => edits.reduce(applied, found));

/** JSON text in which the marked strings become Python's literals and overflowing numbers. */
function raw(value: unknown): string {
  return JSON.stringify(value).replace(/"%(-?[\w]+)%"/g, "$1");
}

function applied(found: RawEntry, [which, at, text]: readonly [number, number, string]): RawEntry {
  const fields = [...found.fields];
  const index = which % fields.length;
  const value = fields[index] ?? "";
  const place = at % (value.length + 1);
  fields[index] = value.slice(0, place) + text + value.slice(place + (at % 3));
  return { ...found, fields };
}

test("decodeEntry refuses exactly what the schemas refuse", () => {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(edited, (found) => {
      const decoded = decodeEntry(found, { features: true });
      if (decoded.kind === "intent") accepted++;
      else refused++;
      expect({ fields: found.fields, accepted: decoded.kind === "intent", decoded }).toMatchObject({
        accepted: oracleAccepts(found),
      });
    }),
    { numRuns: 6000, seed: 3 },
  );
  // Neither outcome is rare.
  expect(Math.min(accepted, refused)).toBeGreaterThan(1000);
});

test("no entry makes it throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom("event_type", "trade.intent", "payload", "contract", "2")), {
        maxLength: 12,
      }),
      (fields) => {
        expect(["intent", "rejected"]).toContain(
          decodeEntry(entry("1-0", "event_type", "trade.intent", ...fields), { features: true }).kind,
        );
      },
    ),
    { numRuns: 2000, seed: 4 },
  );
});
