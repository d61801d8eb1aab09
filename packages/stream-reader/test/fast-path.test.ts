import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { createRandom } from "@qsc-tooling/testkit";
import type { EntryId } from "@qsc/contract";
import { decodeEntry, type RawEntry, type SourceItem } from "../src/index.js";
import { LineSplitter } from "../src/event-log/read/line-splitter.js";
import { quickItem } from "../src/event-log/read/line-entry.js";
import { parseRecord } from "../src/event-log/read/parse-record.js";
import { NumberReader } from "../src/fast-path/number-reader.js";
import { isQuick } from "../src/fast-path/quick-entry.js";
import { QuickReader } from "../src/fast-path/quick-reader.js";
import { placesOf } from "../src/redis/resp/entry.js";
import { BytesPage } from "../src/redis/resp/reply-page.js";
import { BREAKDOWN_V2, PAYLOAD_V2, v1, v2 } from "./support/entries.js";

const PAYLOAD_V1 = {
  symbol: "BTCUSDC",
  side: "BUY",
  confidence: 0.22279788851737975,
  timestamp: "2025-11-22T13:32:18.282193+00:00",
  model: "ensemble",
  consensus_count: 1,
  model_breakdown: {
    xgboost: { action: "HOLD", confidence: 0.43677636981010437, model: "xgboost" },
    lightgbm: {
      action: "BUY",
      confidence: 0.37132981419563293,
      model: "lgbm_model",
      inactive: false,
      shadow: null,
      triggered_by: "model",
    },
    nhits: { action: "HOLD", confidence: 0.5, model: "nhits_insufficient_history" },
  },
  atr_value: 0.02,
  funding_rate: 0.00005,
  regime: "bull",
  extra: { deep: [1, "x", null] },
};

/** Entries as engines write them. Every test entry is one of these with changes. */
const SAMPLES: readonly RawEntry[] = [
  v1(PAYLOAD_V1),
  v1(JSON.stringify(PAYLOAD_V1).replace(/([:,])(?=["\d{n])/g, "$1 ")),
  v1({ ...PAYLOAD_V1, timestamp: undefined }),
  v1({ ...PAYLOAD_V1, timestamp: "" }),
  v1({ ...PAYLOAD_V1, timestamp: null }),
  withField(
    v1({
      ...PAYLOAD_V1,
      model_breakdown: {
        a: { action: "SELL", confidence: 1, reason: "timeout", inactive_reason: "degenerate_output" },
        7: { confidence: 0.1 },
      },
    }),
    "source",
    "ai-engine",
  ),
  v2(PAYLOAD_V2, BREAKDOWN_V2, { rsi: 50.1, macd: -0.25 }),
  v1({ ...PAYLOAD_V1, stop_loss: null, regime: null, spread: 1.5, trade: { stop: "none", level: 2 } }),
  v2({ ...PAYLOAD_V2, no_decision_reason: null, note: "x" }, BREAKDOWN_V2, {
    xgboost: { rsi: 50.1, kind: "x" },
    nhits: { rsi: 1 },
  }),
  v2({ ...PAYLOAD_V2, confidence: null, consensus_count: 0, total_models: 3, no_decision_reason: "tie" }),
  v2({ ...PAYLOAD_V2, confidence: 0.5, consensus_count: 0, total_models: 3, no_decision_reason: "tie" }),
  withField(
    v2(
      { ...PAYLOAD_V2, decision_id: "d-77", canary: { model: "xgboost", weight: 0.1 } },
      { xgboost: { action: "BUY", confidence: 0.7, status: "shadow", latency_ms: 3 } },
    ),
    "trace_id",
    "",
  ),
];

const TOKENS = [
  "0",
  "-0",
  "-0.0",
  "1",
  "0.50",
  "01",
  "1.",
  ".5",
  "-",
  "1e3",
  "1E-05",
  "1e400",
  "-1e999",
  "NaN",
  "Infinity",
  "-Infinity",
  "null",
  "null",
  "true",
  '"0.5"',
  '"NaN"',
  '"-inf"',
  '" Infinity "',
  '"nano"',
  "9007199254740993",
  "0.1234567890123456789012",
  "123456789012345678901234567890",
  "0.30000000000000004",
];
const TEXTS = [
  "BUY",
  "SELL",
  "é",
  "\\u0041",
  "\\n",
  '"',
  "\\",
  "\u0001",
  "\u007f",
  "NaN",
  "nan",
  "-Inf",
  " infinity ",
  "\\u006ean",
  "nano",
  "INFO",
  "__proto__",
  "x_fallback",
  "x".repeat(130),
  "x".repeat(200),
  "",
  " ",
  "shadow",
  "active",
];
const ANYWHERE = [
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
  "nan",
  "null",
  '"inf"',
  "-",
  " ",
  "\u0000",
  '"__proto__":1,',
  '"model":1,',
];
const IN_LINES = ["", "é", "\u0000", "\\", '"', '\\"', "}", " ", "0", "\\u0041", "\\\\"];

const random = createRandom(21);
const below = (end: number): number => Math.floor(random.uniform() * end);
const oneOf = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
const anyNumber = (): string => (below(2) === 0 ? oneOf(TOKENS) : String(random.uniform() * 10 ** (below(12) - 6)));

/** One of the samples, unchanged or with up to two changes. */
function changed(): RawEntry {
  let entry = oneOf(SAMPLES);
  for (let edits = below(3); edits > 0; edits -= 1) {
    const kind = oneOf(["number", "number", "text", "text", "anywhere"] as const);
    const text = kind === "number" ? anyNumber() : oneOf(kind === "text" ? TEXTS : ANYWHERE);
    entry = applied(entry, below(100), { kind, which: below(1000), text });
  }
  const id = `${below(50)}-0` as EntryId;
  return { ...entry, id, place: id };
}

function withField(entry: RawEntry, name: string, value: string): RawEntry {
  return { ...entry, fields: [...entry.fields, name, value] };
}

/** Replaces a number or a text of one field, or inserts something anywhere, even in field names. */
function applied(
  entry: RawEntry,
  field: number,
  { kind, which, text }: { kind: "number" | "text" | "anywhere"; which: number; text: string },
): RawEntry {
  const fields = [...entry.fields];
  const index = kind === "anywhere" ? field % fields.length : 2 * (field % (fields.length / 2)) + 1;
  const value = fields[index] ?? "";
  const pattern = kind === "number" ? /-?\d+(?:\.\d+)?(?:e-?\d+)?/g : /(?<=")[^":,{}]*(?=")/g;
  const places = kind === "anywhere" ? [] : [...value.matchAll(pattern)];
  const found = places[which % Math.max(1, places.length)];
  const [from, to] =
    found === undefined
      ? [which % (value.length + 1), which % (value.length + 1)]
      : [found.index, found.index + found[0].length];
  fields[index] = value.slice(0, from) + text + value.slice(to);
  return { ...entry, fields };
}

/** How `decodeEntry` reads it without knowing any entry like it. */
function plainly(item: SourceItem): unknown {
  return item.kind === "rejected"
    ? item
    : decodeEntry({ kind: "entry", id: item.id, place: item.place, fields: item.fields });
}

function quickly(item: SourceItem): unknown {
  return item.kind === "rejected" ? item : decodeEntry(item);
}

/** Like `toStrictEqual`, which is slow even for equal values. */
function expectSame(found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  expect(found).toStrictEqual(expected);
  expect.fail("the two readings differ");
}

const ROUNDS = 150;
const ENTRIES = 40;

describe("an entry read by its likeness reads like any other", () => {
  test("from a stream, whatever changes in it", () => {
    let known = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const all = [...SAMPLES, ...Array.from({ length: ENTRIES }, changed)];
      pageOf(all)
        .items()
        .forEach((item, at) => {
          const plain = plainly(all[at]!);
          expectSame(quickly(item), plain);
          if (!isQuick(item) || item.quick() === null) return;
          known += 1;
          expectSame(item.quick(), plain);
        });
    }
    expect(known).toBeGreaterThan((ROUNDS * ENTRIES) / 3);
  });

  test("from an event log, whatever changes in it", () => {
    let known = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const reader = new QuickReader();
      const texts = [...SAMPLES.map(lineOf), ...Array.from({ length: ENTRIES }, () => spoiled(lineOf(changed())))];
      for (const record of new LineSplitter().push(Buffer.from(texts.map((text) => `${text}\n`).join("")))) {
        const item = quickItem(record, reader);
        const plain = parseRecord(record);
        expectSame(quickly(item), plainly(plain));
        if (item.kind === "entry" && plain.kind === "entry")
          expectSame([item.id, item.place, item.fields], [plain.id, plain.place, plain.fields]);
        if (isQuick(item) && item.quick() !== null) known += 1;
      }
    }
    expect(known).toBeGreaterThan((ROUNDS * ENTRIES) / 5);
  });

  test("a stream that never repeats itself is read the same way, without using memory", () => {
    const entries = Array.from({ length: 3000 }, (_, n) => v1({ ...PAYLOAD_V1, [`key_${n}`]: n }, `${n}-0`));
    pageOf(entries)
      .items()
      .forEach((item, at) => {
        expectSame(quickly(item), plainly(entries[at]!));
      });
  });
});

/** An entry as a line of an event log, with any repeated names. */
function lineOf({ id, fields }: RawEntry): string {
  const members = Array.from(
    { length: fields.length / 2 },
    (_, at) => `${JSON.stringify(fields[2 * at])}: ${JSON.stringify(fields[2 * at + 1])}`,
  );
  return `{"id": ${JSON.stringify(id)}, "fields": {${members.join(", ")}}}`;
}

/** The line; one time in five with something inserted anywhere. */
function spoiled(line: string): string {
  if (below(5) > 0) return line;
  const at = below(line.length + 1);
  return line.slice(0, at) + oneOf(IN_LINES) + line.slice(at + below(2));
}

function pageOf(entries: readonly RawEntry[]): BytesPage {
  return new BytesPage(
    placesOf(entries.map(({ id, fields }) => [Buffer.from(id), fields.map((text) => Buffer.from(text))])),
    new QuickReader(),
  );
}

describe("numbers", () => {
  const reader = new NumberReader();
  const read = (text: string): number => reader.read(Buffer.from(`${text},`), 0, text.length + 1);

  test("are the doubles that JSON.parse makes of them", () => {
    const digits = (most: number): string => Array.from({ length: 1 + below(most) }, () => below(10)).join("");
    const literals = [
      () => JSON.stringify(random.uniform()),
      () => JSON.stringify((random.uniform() - 0.5) * 10 ** (below(40) - 20)),
      () =>
        `${oneOf(["", "-"])}${1 + below(9)}${digits(24)}${oneOf(["", `.${digits(26)}`])}${oneOf(["", "", `e-${below(320)}`, `E+${below(320)}`])}`,
      () => `0.${"0".repeat(below(12))}${digits(22)}`,
    ];
    for (let round = 0; round < 200_000; round += 1) {
      const text = oneOf(literals)();
      const expected = JSON.parse(text) as number;
      const found = read(text);
      const isSame = Number.isFinite(expected)
        ? Object.is(found, expected) && reader.end === text.length
        : Number.isNaN(found);
      if (!isSame) expect.fail(`${text} is read as ${found}, not ${expected}`);
    }
  });

  test("near the middle between two doubles are rounded as JSON.parse rounds them", () => {
    for (let round = 0; round < 20_000; round += 1) {
      const places = 16 + below(4);
      const halfway = ((BigInt(Math.round(random.uniform() * 2 ** 53)) * 2n + 1n) * 10n ** BigInt(places)) / 2n ** 54n;
      for (const near of [halfway - 1n, halfway, halfway + 1n]) {
        const text = `0.${(near < 0n ? 0n : near).toString().padStart(places, "0")}`;
        if (read(text) !== JSON.parse(text)) expect.fail(`${text} is read as ${read(text)}`);
      }
    }
  });

  test.each(["", "-", "+1", ".5", "1.", "a", "1e", "1e+", "NaN", "-Infinity", "1e400"])(
    "%j is not a number",
    (text) => {
      expect(read(text)).toBeNaN();
    },
  );
});
