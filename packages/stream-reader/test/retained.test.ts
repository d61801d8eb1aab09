import { expect, test } from "vitest";
import { decodeEntry, type RawEntry } from "../src/index.js";
import { BREAKDOWN_V2, PAYLOAD_V2, v1, v2 } from "./support/entries.js";
import { held } from "./support/heap.js";

const MB = 1024 * 1024;
const PADDING = "x".repeat(900_000);
const long = (what: string, n: number): string => `${what}-that-is-longer-than-12-characters-${n}`;

/** A payload of 900 kB. All its parts that are kept are long enough for V8 to make them slices. */
function payloadOf(n: number, literal: string): string {
  const answer = { action: long("ACTION", n), confidence: 0.5, model: long("model", n), reason: long("reason", n) };
  const breakdown = JSON.stringify({ [long("name", n)]: answer, [long("off", n)]: { inactive_reason: "%" } });
  const head = JSON.stringify({ symbol: long("SYMBOL", n), timestamp: long("time", n) }).slice(0, -1);
  return `${head},"model_breakdown":${breakdown.replace("%", `${n}${PADDING}`)},"${long("metadata", n)}":${literal}}`;
}

const identity = (n: number): object => ({
  decision_id: long("decision", n),
  build: long("build", n),
  boot_id: long("boot", n),
  weights: { [long("name", n)]: 1 },
});

const variants: readonly (readonly [string, number, (n: number) => RawEntry])[] = [
  ["version 1", 400, (n) => v1(payloadOf(n, "1"))],
  ["version 1 with NaN, which the strict parser reads", 200, (n) => v1(payloadOf(n, "NaN"))],
  ["version 1, rejected with a quotation", 400, (n) => v1(`{"model_breakdown":"${n}${PADDING}"}`)],
  [
    "version 2, its features unread",
    400,
    (n) => v2({ ...PAYLOAD_V2, ...identity(n) }, BREAKDOWN_V2, `{"a":"${n}${PADDING}"}`),
  ],
];

test.each(variants)("a decoded intent does not keep its entry of 900 kB alive: %s", (_, count, make) => {
  const before = held().heap;
  const kept: unknown[] = [];
  for (let n = 0; n < count; n++) kept.push(decodeEntry(make(n)));
  expect(held().heap - before).toBeLessThan(60 * MB);
  expect(kept).toHaveLength(count);
});
