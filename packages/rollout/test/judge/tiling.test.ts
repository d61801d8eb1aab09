import { firstIdAt, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import type { SourcePart } from "@qsc/stream-reader";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireTiling } from "../../src/judge/tiling.js";

const RANGE = { from: MIN_ID, to: MAX_ID };

function ids(from: EntryId, to: EntryId, whole = RANGE): SourcePart {
  return { kind: "ids", url: "redis://a", options: {}, range: { from, to }, whole, seen: [] };
}

/** Parts by ID with borders at these times. */
function byIds(times: readonly number[]): SourcePart[] {
  const borders = [...new Set(times)].sort((a, b) => a - b);
  return [...borders, Infinity].map((time, at) => {
    const before = borders[at - 1];
    return ids(before === undefined ? MIN_ID : firstIdAt(before), time === Infinity ? MAX_ID : lastIdAt(time - 1));
  });
}

function lines(from: number, to: number, inode = 7, range = RANGE): SourcePart {
  const border = (at: number): { at: number; before: Uint8Array } => ({ at, before: new Uint8Array() });
  return {
    kind: "lines",
    url: "file:/a",
    options: {},
    range,
    lineRange: { inode, from: border(from), to: border(to) },
  };
}

function byLines(lengths: readonly number[]): SourcePart[] {
  let at = 0;
  return lengths.map((length) => lines(at, (at += length)));
}

function messages(from: number, to: number, created = "2026-01-05T09:00:00Z", range = RANGE): SourcePart {
  return { kind: "sequences", url: "nats://a", options: {}, range, sequences: { created, from, to, before: null } };
}

function byNumbers(lengths: readonly number[]): SourcePart[] {
  let first = 1;
  return lengths.map((length) => messages(first, (first += length) - 1));
}

const lengths = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 12 });
const parts = fc.oneof(
  lengths.map(byNumbers),
  fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 12 }).map(byIds),
  lengths.map(byLines),
);
const untiled = expect.objectContaining({ code: "parts_unread" }) as unknown;

describe("the parts of a range", () => {
  test("tile it, however many there are", () => {
    fc.assert(
      fc.property(parts, (given) => {
        requireTiling(given, RANGE);
      }),
    );
  });

  test("do not without one of them, with one twice, or in another order", () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.constantFrom("missing", "twice", "moved"), (given, nat, fault) => {
        const at = nat % given.length;
        const part = given[at];
        if (part === undefined) return;
        // Only the source knows where its log ends, and which numbers are in a range.
        if (fault === "missing" && part.kind !== "ids" && at === given.length - 1) return;
        if (fault === "missing" && part.kind === "sequences" && at === 0) return;
        const without = given.toSpliced(at, 1);
        const wrong = { missing: without, twice: given.toSpliced(at, 0, part), moved: [part, ...without] }[fault];
        if (fault === "moved" && at === 0) return;
        expect(() => {
          requireTiling(wrong, RANGE);
        }).toThrow(untiled);
      }),
    );
  });

  test.each<[string, readonly SourcePart[]]>([
    ["there is none", []],
    ["an entry lies between two", [ids(MIN_ID, "5-0"), ids("5-2", MAX_ID)]],
    ["two share an entry", [ids(MIN_ID, "5-1"), ids("5-1", MAX_ID)]],
    ["the first begins later", [ids("0-1", "5-0"), ids("5-1", MAX_ID)]],
    ["the last ends earlier", [ids(MIN_ID, "5-0"), ids("5-1", "9-0")]],
    ["one is a part of another range", [ids(MIN_ID, "5-0"), ids("5-1", MAX_ID, { from: "1-0", to: MAX_ID })]],
    ["one is of another file", [lines(0, 10), lines(10, 20, 8)]],
    ["one reads other entries of its lines", [lines(0, 10), lines(10, 20, 7, { from: "1-0", to: MAX_ID })]],
    ["one is of a stream that was created again", [messages(1, 5), messages(6, 9, "2026-01-06T09:00:00Z")]],
    ["a message lies between two", [messages(1, 5), messages(7, 9)]],
    ["they are of two kinds", [lines(0, 10), ids("5-1", MAX_ID)]],
  ])("are not its parts if %s", (_, given) => {
    expect(() => {
      requireTiling(given, RANGE);
    }).toThrow(untiled);
  });
});
