import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../src/child/line-splitter.js";
import { anyText } from "./support/any-text.js";

test("yields the same lines however the bytes are chunked", () => {
  fc.assert(
    fc.property(
      fc.array(
        anyText.filter((line) => !line.includes("\n")),
        { maxLength: 12 },
      ),
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }),
      (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const splitter = new LineSplitter();
        const seen: string[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          seen.push(...splitter.take(bytes.subarray(at, at + size)));
          at += size;
        }
        expect([...seen, ...splitter.end()]).toEqual(lines);
      },
    ),
  );
});

test("yields an unterminated line at the end, and an endless line in pieces", () => {
  const splitter = new LineSplitter();
  expect(splitter.take(Buffer.from("a\nb"))).toEqual(["a"]);
  expect(splitter.end()).toEqual(["b"]);
  const endless = new LineSplitter();
  expect(endless.take(Buffer.alloc(100_000, "x")).map(({ length }) => length)).toEqual([49_152, 49_152]);
  expect(endless.end()).toEqual(["x".repeat(100_000 - 2 * 49_152)]);
});
