import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, digestOf, isIntact, sealed } from "../src/index.js";
import { edited, pathsOf } from "./support/edit.js";

const json = fc.jsonValue({ maxDepth: 4 });
const members = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "a", "b", "10", "9")),
  json,
  { maxKeys: 8 },
);

/** The same data with the keys of every object written in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe("canonicalJson", () => {
  test("is JSON of the same data", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(members, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(digestOf(reversed(value))).toBe(digestOf(value));
      }),
    );
  });

  test("differs where the data differ", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
    );
  });

  test("depends on the order of a list", () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  test("survives a round trip through a file", () => {
    const value = { b: undefined, a: { z: -0, é: "\ud800", "😀": [] } };
    expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(value));
    expect(canonicalJson(value)).toBe('{"a":{"z":0,"é":"\\ud800","😀":[]}}');
  });

  test.each([
    NaN,
    Infinity,
    -Infinity,
    undefined,
    1n,
    Symbol("s"),
    () => 1,
    new Map([[1, 2]]),
    new Set([1]),
    new Date(0),
  ])("refuses %s, at any depth", (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson({ a: [value] })).toThrow("has no JSON form");
  });

  test("refuses a hole in a list", () => {
    expect(() => canonicalJson(new Array(1))).toThrow(TypeError);
  });
});

/** Keys in order at every level, by an independent implementation. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).sort();
  return keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]).concat([["object"]]);
}

describe("sealed", () => {
  test("is intact after a round trip through a file and in any order of keys", () => {
    fc.assert(
      fc.property(members, (document) => {
        const seal = sealed(document);
        expect(isIntact(seal)).toBe(true);
        expect(isIntact(JSON.parse(JSON.stringify(reversed(seal))))).toBe(true);
      }),
    );
  });

  test("shows a change of any member, at any depth", () => {
    fc.assert(
      fc.property(members, fc.nat(), json, (document, at, other) => {
        const seal = sealed(document);
        const paths = pathsOf(seal);
        const path = paths[at % paths.length] ?? [];
        const changed = edited(seal, path, () => other) as typeof seal;
        fc.pre(canonicalJson(changed) !== canonicalJson(seal));
        expect(isIntact(changed)).toBe(false);
      }),
    );
  });

  test("shows a member that was added or removed", () => {
    fc.assert(
      fc.property(members, fc.string(), json, (document, key, other) => {
        fc.pre(key !== "digest" && !Object.hasOwn(document, key));
        const added: Record<string, unknown> = { ...document };
        Object.defineProperty(added, key, { value: other, enumerable: true });
        expect(isIntact({ ...document, digest: sealed(added).digest })).toBe(false);
        expect(isIntact({ ...added, digest: sealed(document).digest })).toBe(false);
      }),
    );
  });

  test("sealing a sealed document again gives the same seal", () => {
    const seal = sealed({ verdict: "pass" });
    expect(sealed(seal)).toEqual(seal);
  });
});
