import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_ID, MIN_ID, QscError } from "@qsc/contract";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import {
  assertSourceUrl,
  decodeEntry,
  readItem,
  decodeFeatures,
  eventLogOf,
  memorySource,
  nameSource,
  openPart,
  openSource,
  type EventSource,
} from "../src/index.js";
import { entryIds, openSink } from "../src/sink/index.js";
import { codedError, collect } from "./support/collect.js";
import { entries, ndjson } from "./support/entries.js";
import { dividedJournal } from "./support/parts.js";

const ALL = { from: MIN_ID, to: MAX_ID };
/** Any value of any type, and some that are almost right. */
const anything = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.constantFrom<unknown>(
    Symbol("s"),
    () => 0,
    Number.NaN,
    Infinity,
    -1,
    0.5,
    "",
    "0-0",
    "1-0",
    "01-0",
    "1",
    true,
    null,
    undefined,
    new AbortController().signal,
  ),
);
const record = fc.dictionary(
  fc.constantFrom(
    "stream",
    "follow",
    "ca",
    "timeoutMs",
    "features",
    "live",
    "clock",
    "from",
    "to",
    "signal",
    "kind",
    "id",
    "fields",
    "url",
    "onAhead",
    "now",
    "maxLength",
    "other",
  ),
  anything,
);
const given = fc.oneof(anything, record);

let directory: TemporaryDirectory;
let log: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  log = join(directory.path, "journal.ndjson");
  await writeFile(log, ndjson(entries(3)));
});
afterAll(() => directory.remove());

/** A value that the types forbid. */
const any = (value: unknown): never => value as never;
/** The outcome of a call: its value, or its error's code. An error without a code fails the test. */
async function answer(call: () => unknown): Promise<{ readonly value?: unknown; readonly code?: string }> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof QscError) || error.code === "internal") throw error;
    expect(error.message).toMatch(/^[^\n]{10,}\.$/s);
    return { code: error.code };
  }
}

/** One source opened in every possible way. */
async function withSources(use: (source: EventSource) => Promise<void>): Promise<void> {
  for (const open of [() => openSource(log), () => Promise.resolve(memorySource(entries(3)))]) {
    await using source = await open();
    await use(source);
  }
}

describe("a wrong option or argument is refused, naming it and its value", () => {
  test.each<[string, () => unknown, string, RegExp]>([
    ["a URL that is not a text", () => openSource(any(5)), "invalid_source", /^The source is 5; write redis:/],
    ["a URL to write to that is not a text", () => openSink(any(null)), "invalid_source", /^The source is null/],
    [
      "options that are not an object",
      () => openSource(log, any("follow")),
      "invalid_option",
      /^options is 'follow'; it must be an object\.$/,
    ],
    [
      "an option that does not exist",
      () => openSource(log, any({ folow: true })),
      "invalid_option",
      /^options has 'folow', which is not an option; the options are stream, follow, ca, cert, key, timeoutMs/,
    ],
    [
      "follow",
      () => openSource(log, any({ follow: "yes" })),
      "invalid_option",
      /^follow is 'yes'; it must be true or false\.$/,
    ],
    [
      "stream",
      () => openSource("redis://h", { stream: "" }),
      "invalid_option",
      /^stream is ''; it must be a non-empty text, or a list of different ones\.$/,
    ],
    ["ca", () => openSource("rediss://h", any({ ca: 7 })), "invalid_option", /^ca is 7; /],
    ["timeoutMs", () => openSource(log, { timeoutMs: Number.NaN }), "usage", /^timeoutMs NaN is not a number/],
    [
      "timeoutMs of a symbol",
      () => openSource(log, any({ timeoutMs: Symbol("x") })),
      "usage",
      /^timeoutMs a symbol is/,
    ],
    ["maxLength", () => openSink(log, any({ maxLength: "many" })), "usage", /^maxLength 'many' is not a whole number/],
    ["onAhead", () => openSink(log, any({ onAhead: 1 })), "invalid_option", /^onAhead is 1; it must be a function\.$/],
    [
      "now",
      () => openSink(log, any({ now: 1763818338282 })),
      "invalid_option",
      /^now is 1763818338282; it must be a function\.$/,
    ],
    ["a stream to name", () => nameSource("redis://h", any({ stream: [] })), "invalid_option", /^stream is a list; /],
    ["a URL to name", () => nameSource(any({})), "invalid_source", /^The source is an object/],
    ["an event log's URL", () => eventLogOf(any(undefined)), "invalid_source", /^The source is missing/],
    [
      "a URL to be checked",
      () => {
        assertSourceUrl(any(1n));
      },
      "invalid_source",
      /^The source is 1;/,
    ],
    [
      "a certificate to be checked",
      () => {
        assertSourceUrl("rediss://h", any({ ca: false }));
      },
      "invalid_option",
      /^ca is false; /,
    ],
    [
      "features",
      () => decodeEntry(entries(1)[0]!, any({ features: 1 })),
      "invalid_option",
      /^features is 1; it must be true or false\.$/,
    ],
    ["options of decoding", () => decodeEntry(entries(1)[0]!, any(null)), "invalid_option", /^options is null; /],
    ["something that is not an item", () => readItem(any(null)), "invalid_option", /^the entry is null; /],
    [
      "a rejection without a reason",
      () => readItem(any({ kind: "rejected", id: null, place: "line 1", detail: "not JSON" })),
      "invalid_option",
      /^a rejection's reason is missing; /,
    ],
    ["something that is not an entry", () => decodeEntry(any("1-0")), "invalid_option", /^the entry is '1-0'; /],
    [
      "an entry without fields",
      () => decodeEntry(any({ kind: "entry", id: "1-0", place: "line 1" })),
      "invalid_option",
      /^the entry's fields is missing; /,
    ],
    [
      "fields that are not texts",
      () => decodeFeatures(any({ kind: "entry", id: "1-0", place: "line 1", fields: ["a", 1] })),
      "invalid_option",
      /^a name or value in the entry's fields is 1; it must be a text\.$/,
    ],
    [
      "items in memory",
      () => memorySource(any([{ kind: "entry", id: "1", place: "", fields: [] }])),
      "invalid_option",
      /^the entry's id is '1'; it must be an entry ID, such as 1763818338282-0\.$/,
    ],
    ["live is not a boolean", () => memorySource([], any({ live: "no" })), "invalid_option", /^live is 'no'; /],
    [
      "a clock's time",
      () => memorySource([], { clock: () => Number.NaN }).state(),
      "invalid_option",
      /^the time of clock\(\) is NaN; /,
    ],
    [
      "an item that is appended",
      () => {
        memorySource([]).append(any({ kind: "other" }));
      },
      "invalid_option",
      /^an item's kind is 'other'; /,
    ],
    ["the ID to continue after", () => entryIds(any("1")), "invalid_option", /^after is '1'; it must be an entry ID/],
    [
      "something that is not a time",
      () => entryIds()(any("now")),
      "invalid_option",
      /^timeMs is 'now'; it must be a time/,
    ],
    [
      "a part",
      () => openPart(any({ kind: "lines", url: log, range: ALL, lineRange: null })),
      "invalid_option",
      /^part\.lineRange is null; /,
    ],
    [
      "a part of messages without them",
      () => openPart(any({ kind: "sequences", url: "nats://host", range: ALL, sequences: null })),
      "invalid_option",
      /^part\.sequences is null; /,
    ],
    [
      "a part that begins before the first message",
      () =>
        openPart(
          any({ kind: "sequences", url: "nats://host", range: ALL, sequences: { created: "then", from: 0, to: 1 } }),
        ),
      "invalid_option",
      /^part\.sequences\.from is 0; it must be a whole number, 1 or more/,
    ],
  ])("%s", async (_, call, code, message) => {
    const error = await codedError((async () => await call())());
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });

  test.each<[string, (source: EventSource) => Promise<unknown>, RegExp]>([
    [
      "a range's beginning",
      (source) => collect(source.pages({ from: any("now"), to: MAX_ID })),
      /^range\.from is 'now'; it must be an entry ID/,
    ],
    [
      "a range that begins at an invalid time",
      (source) => collect(source.pages({ from: any("NaN-0"), to: MAX_ID })),
      /^range\.from is 'NaN-0'; /,
    ],
    [
      "a range's end",
      (source) => collect(source.pages({ from: MIN_ID, to: any(undefined) })),
      /^range\.to is missing; /,
    ],
    ["no range", (source) => collect(source.pages(any(null))), /^range is null; /],
    [
      "an order",
      (source) => collect(source.pages(ALL, any("newest"))),
      /^order is 'newest'; it must be oldest-first or newest-first\.$/,
    ],
    [
      "the ID to follow from",
      (source) => collect(source.follow(any("$"), { signal: AbortSignal.abort() })),
      /^after is '\$'; /,
    ],
    [
      "not a signal",
      (source) => collect(source.follow(MIN_ID, any({}))),
      /^signal is missing; it must be an AbortSignal\.$/,
    ],
    ["no options", (source) => collect(source.follow(MIN_ID, any(undefined))), /^options is missing; /],
    [
      "a listener",
      (source) => collect(source.follow(MIN_ID, { signal: AbortSignal.abort(), onOutage: any(1) })),
      /^onOutage is 1; /,
    ],
    [
      "a rest",
      (source) => collect(source.follow(MIN_ID, { signal: AbortSignal.abort(), restMs: any(0) })),
      /^restMs is 0; /,
    ],
    [
      "a rest",
      (source) => collect(source.follow(MIN_ID, { signal: AbortSignal.abort(), restMs: any(Number.NaN) })),
      /^restMs is NaN; /,
    ],
  ])("%s", async (_, call, message) => {
    await withSources(async (source) => {
      const error = await codedError(call(source));
      expect([error.code, error.message]).toEqual(["invalid_option", expect.stringMatching(message)]);
    });
  });

  test("a number of parts", async () => {
    await using source = await openSource(log);
    for (const count of [0, -1, 1.5, Number.NaN, "2", null]) {
      expect((await codedError(source.parts?.(ALL, any(count)) ?? Promise.resolve())).message).toMatch(
        /^count is .*; it must be a whole number, 1 or more\.$/,
      );
    }
  });

  test("something that is not an entry, to be written", async () => {
    await using sink = await openSink(join(directory.path, "written.ndjson"));
    for (const odd of [
      null,
      5,
      {},
      { id: 5, fields: [] },
      { id: "1-0", fields: "a" },
      { id: "1-0", fields: ["a", 5] },
      { id: Symbol("x"), fields: ["a", "b"] },
    ]) {
      expect((await codedError(sink.append([any(odd)]))).code).toBe("usage");
    }
    expect((await codedError(sink.append(any("entries")))).code).toBe("invalid_option");
    expect(await sink.lastId()).toBe(MIN_ID);
  });
});

describe("any value of any type gives a coded error or the documented result", () => {
  const check = (property: fc.IAsyncProperty<unknown[]>): Promise<void> =>
    Promise.resolve(fc.assert(property, { numRuns: 500 }));

  test("passed to openSource and openSink", async () => {
    await check(
      fc.asyncProperty(given, async (options) => {
        const { value, code } = await answer(async () => {
          await (await openSource(log, any(options))).close();
        });
        expect([undefined, "invalid_option", "usage"]).toContain(code);
        expect(value).toBeUndefined();
        const sink = await answer(async () => {
          await (await openSink(join(directory.path, "sink.ndjson"), any(options))).close();
        });
        expect([undefined, "invalid_option", "usage"]).toContain(sink.code);
      }),
    );
    await check(
      fc.asyncProperty(anything, async (url) => {
        fc.pre(typeof url !== "string");
        for (const open of [openSource, openSink])
          expect((await answer(() => open(any(url)))).code).toBe("invalid_source");
      }),
    );
  });

  test("passed to functions that name a source", async () => {
    await check(
      fc.asyncProperty(given, given, async (url, options) => {
        const codes = [undefined, "invalid_source", "invalid_option"];
        expect(codes).toContain((await answer(() => nameSource(any(url), any(options)))).code);
        expect(codes).toContain((await answer(() => eventLogOf(any(url)))).code);
        expect(codes).toContain(
          (
            await answer(() => {
              assertSourceUrl(any(url), any(options));
            })
          ).code,
        );
      }),
    );
  });

  test("passed to functions that read a source", async () => {
    await withSources(async (source) => {
      await check(
        fc.asyncProperty(given, given, async (a, b) => {
          const pages = await answer(() => collect(source.pages(any(a), any(b))));
          expect([undefined, "invalid_option"]).toContain(pages.code);
          const between = await answer(() => collect(source.pages({ from: any(a), to: any(b) })));
          expect([undefined, "invalid_option"]).toContain(between.code);
          expect(
            (await answer(() => collect(source.follow(any(a), { signal: AbortSignal.abort(), onOutage: any(b) }))))
              .code ?? "invalid_option",
          ).toBe("invalid_option");
          expect((await answer(() => source.parts?.(ALL, any(b)))).code ?? "invalid_option").toBe("invalid_option");
        }),
      );
    });
  });

  test("passed to decoders and to a source in memory", async () => {
    await check(
      fc.asyncProperty(given, given, async (a, b) => {
        expect((await answer(() => decodeEntry(any(a), any(b)))).code ?? "invalid_option").toBe("invalid_option");
        expect((await answer(() => decodeEntry(entries(1)[0]!, any(b)))).code ?? "invalid_option").toBe(
          "invalid_option",
        );
        expect((await answer(() => readItem(any(a), any(b)))).code ?? "invalid_option").toBe("invalid_option");
        expect((await answer(() => decodeFeatures(any(a)))).code ?? "invalid_option").toBe("invalid_option");
        expect((await answer(() => memorySource(any(a), any(b)))).code ?? "invalid_option").toBe("invalid_option");
        expect((await answer(() => memorySource([]).append(any(a)))).code ?? "invalid_option").toBe("invalid_option");
      }),
    );
  });

  test("passed as a part, and as IDs", async () => {
    const [part] = (await dividedJournal(log).parts(ALL, 2)) ?? [];
    expect(part).toBeDefined();
    await check(
      fc.asyncProperty(given, fc.constantFrom("kind", "url", "range", "lineRange"), async (value, name) => {
        const broken = await answer(async () => {
          await using reader = await openPart(any({ ...part, [name]: value }));
          await collect(reader.pages(ALL));
        });
        if (broken.code !== undefined)
          expect(broken.code).toMatch(/^(invalid_option|invalid_source|source_\w+|usage)$/);
        expect((await answer(() => openPart(any(value)))).code).toBe("invalid_option");
        expect((await answer(() => entryIds(any(value)))).code ?? "invalid_option").toBe("invalid_option");
        expect((await answer(() => entryIds()(any(value)))).code ?? "invalid_option").toBe("invalid_option");
      }),
    );
  });
});

test("a range that ends before it begins is empty", async () => {
  await withSources(async (source) => {
    expect(await collect(source.pages({ from: "3-0", to: "1-0" }))).toEqual([]);
  });
});
