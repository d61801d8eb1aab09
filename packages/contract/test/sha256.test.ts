import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256Of as inNode } from "../src/sha256/node.js";
import { sha256Of as anywhere } from "../src/sha256/portable.js";

test("both give the hash that FIPS 180-4 gives for 'abc'", () => {
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect([inNode("abc"), anywhere("abc"), inNode(Buffer.from("abc")), anywhere(Buffer.from("abc"))]).toEqual(
    Array<string>(4).fill(hash),
  );
});

test("both give the same hash of any text, and of any bytes", () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), (content) => {
      expect(anywhere(content)).toBe(inNode(content));
    }),
  );
});
