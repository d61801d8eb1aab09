import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_ENTRY_BYTES } from "@qsc/contract";
import { PageReader } from "../src/redis/resp/page-reader.js";
import { BytesPage } from "../src/redis/resp/reply-page.js";
import { bytesOf, ReplyReader } from "../src/redis/resp/simple-reply.js";
import { QuickReader } from "../src/fast-path/quick-reader.js";

const bulk = (text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${Buffer.byteLength(text)}\r\n`), Buffer.from(text), Buffer.from("\r\n")]);
const list = (items: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]);

/** The lengths of an entry's fields; a few are more than an entry may have. */
const lengths = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.nat(40) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(MAX_ENTRY_BYTES - 5, MAX_ENTRY_BYTES, MAX_ENTRY_BYTES + 1, 3 * MAX_ENTRY_BYTES),
    },
  ),
  { minLength: 2, maxLength: 6 },
);
const cuts = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 8 });

/** Cuts the bytes into pieces of these sizes in turn; small ones first, so that headers are cut too. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = turn < 400 ? 1 + ((sizes[turn % sizes.length] ?? 1) % 11) : 65_536;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe("a reply to XRANGE, however it arrives", () => {
  test("gives each entry once, one that is too large by ID and size, and leaves what follows the reply", () => {
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 5 }), cuts, (entries, sizes) => {
        const text = list(
          entries.map((fields, at) =>
            list([bulk(`${at + 1}-0`), list(fields.map((length) => bulk(Buffer.alloc(length, "x"))))]),
          ),
        );
        const reader = new PageReader(200, 0);
        const pieces = [...cut(text, sizes)];
        const last = pieces.pop() ?? Buffer.alloc(0);
        for (const piece of pieces) expect(reader.take(piece, 0)).toBe(-1);
        expect(reader.take(Buffer.concat([Buffer.from("??"), last, Buffer.from("+more\r\n")]), 2)).toBe(
          2 + last.length,
        );
        const page = new BytesPage(reader.entries, new QuickReader());
        const items = page.items();
        expect(items.map(({ id }) => id)).toEqual(entries.map((_, at) => `${at + 1}-0`));
        entries.forEach((fields, at) => {
          const [item, size] = [items[at], fields.reduce((sum, length) => sum + length, 0)];
          if (size > MAX_ENTRY_BYTES)
            expect(item).toMatchObject({
              kind: "rejected",
              reason: "too_large",
              detail: expect.stringContaining(`${size} bytes`) as string,
            });
          else expect(item?.kind === "entry" ? item.fields.map((field) => field.length) : null).toEqual(fields);
        });
        expect(reader.size).toBeLessThan(6 * (MAX_ENTRY_BYTES + 1000));
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test("is refused at its head where it has more entries than were asked for", () => {
    expect(() => new PageReader(2, 0).take(Buffer.from("*3\r\n"), 0)).toThrow("more entries than were asked for");
    expect(new PageReader(3, 0).take(Buffer.from("*3\r\n"), 0)).toBe(-1);
  });

  test("gives an entry of very many short fields by its ID", () => {
    const fields = Array.from({ length: 200_000 }, () => bulk(""));
    const reader = new PageReader(200, 0);
    const text = list([list([bulk("1-0"), list(fields)]), list([bulk("2-0"), list([bulk("a"), bulk("b")])])]);
    for (const piece of cut(text, [65_536])) reader.take(piece, 0);
    expect(new BytesPage(reader.entries, new QuickReader()).ids).toEqual(["1-0", "2-0"]);
  });
});

describe("any other reply, however it arrives", () => {
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.nat(30) },
    { weight: 1, arbitrary: fc.constantFrom(MAX_ENTRY_BYTES, 3 * MAX_ENTRY_BYTES) },
  );

  test("is read whole, except texts that are too large: only their length is kept", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), cuts, (lists, sizes) => {
        const bytes = list([
          Buffer.from(":42\r\n"),
          Buffer.from("$-1\r\n"),
          ...lists.map((of) => list(of.map((length) => bulk(Buffer.alloc(length, "y"))))),
        ]);
        const reader = new ReplyReader();
        let end = -1;
        for (const piece of cut(bytes, sizes)) {
          expect(end).toBe(-1);
          end = reader.take(piece, 0);
        }
        expect(end).toBeGreaterThan(0);
        const [number, none, ...rest] = reader.reply as readonly unknown[];
        expect([number, none]).toEqual([42, null]);
        expect(rest.map((of) => (of as unknown[]).map(bytesOf))).toEqual(lists);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test.each([
    ["+OK\r\n", "OK"],
    ["$2\r\nhi\r\n", "hi"],
  ])("%j is a reply", (bytes, said) => {
    const reader = new ReplyReader();
    expect(reader.take(Buffer.from(`${bytes}:1\r\n`), 0)).toBe(bytes.length);
    expect(reader.reply).toEqual(Buffer.from(said));
  });

  test.each([
    ["one within the other", "*1\r\n"],
    ["one beside the other", "*-1\r\n"],
  ])("lists without end, %s, are refused", (_, each) => {
    const reader = new ReplyReader();
    const take = (): number => reader.take(Buffer.from(`*9999999999\r\n${each.repeat(200)}`), 0);
    expect(take).toThrow("Protocol error: a reply of very many lists");
  });

  test("an error is a reply, and anything else is refused", () => {
    const reader = new ReplyReader();
    expect(reader.take(Buffer.from("-ERR no such key\r\n"), 0)).toBe(18);
    expect(reader.reply).toEqual(new Error("ERR no such key"));
    expect(() => new ReplyReader().take(Buffer.from("?\r\n"), 0)).toThrow("Protocol error");
    expect(() => new ReplyReader().take(Buffer.from("$x\r\n"), 0)).toThrow("Protocol error");
  });
});
