import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareIds,
  firstIdAt,
  idTime,
  lastIdAt,
  MAX_ID,
  MIN_ID,
  nextId,
  parseEntryId,
  type EntryId,
} from "../src/index.js";

const UINT64_MAX = 2n ** 64n - 1n;
const part = fc.oneof(
  fc.bigInt({ min: 0n, max: UINT64_MAX }),
  fc.constantFrom(0n, 1n, 9n, 10n, 2n ** 53n, 2n ** 63n, UINT64_MAX - 1n, UINT64_MAX),
);
const id = fc.tuple(part, part).map(([ms, seq]): EntryId => `${ms}-${seq}`);

/** The ID as one 128-bit number. */
function whole(of: EntryId): bigint {
  const [ms = "", seq = ""] = of.split("-");
  return (BigInt(ms) << 64n) + BigInt(seq);
}

describe("parseEntryId", () => {
  test("accepts every canonical ID unchanged", () => {
    fc.assert(
      fc.property(id, (text) => {
        expect(parseEntryId(text)).toBe(text);
      }),
    );
  });

  test.each([
    "",
    "-",
    "1",
    "1-",
    "-1",
    "01-0",
    "1-00",
    "+1-0",
    "1-+0",
    " 1-0",
    "1-0 ",
    "1-0\n",
    "1.0-0",
    "1e3-0",
    "1-0-0",
    "0x1-0",
    "1-*",
    "$",
    "١-0",
    "18446744073709551616-0",
    "0-18446744073709551616",
    "99999999999999999999-0",
    "100000000000000000000-0",
  ])("refuses %j", (text) => {
    expect(parseEntryId(text)).toBeNull();
  });

  test("accepts a part up to 2^64 - 1 and no larger", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 21n }), (value) => {
        expect(parseEntryId(`${value}-0`) !== null).toBe(value <= UINT64_MAX);
        expect(parseEntryId(`0-${value}`) !== null).toBe(value <= UINT64_MAX);
      }),
    );
  });
});

test("compareIds orders as the 128-bit numbers do", () => {
  const pair = fc.oneof(
    fc.tuple(id, id),
    id.map((same) => [same, same] as const),
    id.map((one) => [one, one === MAX_ID ? one : nextId(one)] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(Math.sign(compareIds(a, b))).toBe(whole(a) < whole(b) ? -1 : whole(a) > whole(b) ? 1 : 0);
    }),
  );
});

describe("nextId", () => {
  test("is the next ID, with nothing between", () => {
    fc.assert(
      fc.property(
        id.filter((one) => one !== MAX_ID),
        (one) => {
          expect(whole(nextId(one))).toBe(whole(one) + 1n);
          expect(parseEntryId(nextId(one))).toBe(nextId(one));
        },
      ),
    );
  });

  test("moves to the next millisecond when the sequence overflows", () => {
    expect(nextId(lastIdAt(7))).toBe(firstIdAt(8));
  });

  test("throws after the largest ID, which has no successor", () => {
    expect(() => nextId(MAX_ID)).toThrow(RangeError);
  });
});

test("exactly the IDs of a millisecond lie between its first and last ID", () => {
  fc.assert(
    fc.property(fc.nat({ max: 8_640_000_000_000 }), part, (ms, seq) => {
      const inside: EntryId = `${BigInt(ms)}-${seq}`;
      expect(compareIds(firstIdAt(ms), inside)).toBeLessThanOrEqual(0);
      expect(compareIds(inside, lastIdAt(ms))).toBeLessThanOrEqual(0);
      expect(compareIds(lastIdAt(ms), firstIdAt(ms + 1))).toBeLessThan(0);
      expect([idTime(inside), idTime(firstIdAt(ms)), idTime(lastIdAt(ms))]).toEqual([ms, ms, ms]);
    }),
  );
});

test("no ID is outside MIN_ID and MAX_ID", () => {
  fc.assert(
    fc.property(id, (one) => {
      expect(compareIds(MIN_ID, one)).toBeLessThanOrEqual(0);
      expect(compareIds(one, MAX_ID)).toBeLessThanOrEqual(0);
    }),
  );
});
