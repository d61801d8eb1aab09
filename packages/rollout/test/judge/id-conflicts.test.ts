import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstIdAt, type EntryId } from "@qsc/contract";
import { DUPLICATE_HORIZON } from "@qsc/violations";
import { IdConflictDetector, mayShareIds, type IdsSeen } from "../../src/judge/id-conflicts.js";

type Written = readonly [id: EntryId, decision: string];

const sequence = fc.oneof(
  fc.nat(2).map(BigInt),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 2n, 2n ** 64n - 1n),
);
const id = fc.tuple(fc.oneof(fc.nat(12).map(BigInt), sequence), sequence).map(([ms, seq]): EntryId => `${ms}-${seq}`);
const written = fc.array(fc.tuple(id, fc.constantFrom("a", "b", "c")), { maxLength: 60 });

function seen(entries: readonly Written[]): IdsSeen {
  const watch = new IdConflictDetector();
  for (const [at, decision] of entries) watch.isConflict(at, decision);
  // As another thread transfers it.
  return structuredClone(watch.seen());
}

const ascending = (from: number, count: number): Written[] =>
  Array.from({ length: count }, (_, index) => [firstIdAt(from + index), `${from + index}`]);

describe("the detector of ID conflicts", () => {
  test("detects an ID that returns with another decision, in any order", () => {
    fc.assert(
      fc.property(written, (entries) => {
        const first = new Map<EntryId, string>();
        const watch = new IdConflictDetector();
        for (const [at, decision] of entries) {
          const known = first.get(at);
          expect(watch.isConflict(at, decision)).toBe(known !== undefined && known !== decision);
          if (known === undefined) first.set(at, decision);
        }
      }),
    );
  });

  test("looks back over the horizon, in bounded memory", () => {
    const watch = new IdConflictDetector();
    for (let ms = 0; ms <= 2 * DUPLICATE_HORIZON; ms += 1) watch.isConflict(firstIdAt(ms), "a");
    expect(watch.isConflict(firstIdAt(DUPLICATE_HORIZON), "b")).toBe(true);
    expect(watch.isConflict("0-0", "b")).toBe(false);
    expect(watch.seen().blocks.reduce((sum, { times }) => sum + times.byteLength, 0)).toBeLessThanOrEqual(
      10 * DUPLICATE_HORIZON,
    );
  });
});

describe("IDs of two parts", () => {
  test("with one in common may share one", () => {
    fc.assert(
      fc.property(written, written, (earlier, later) => {
        const before = new Set(earlier.map(([at]) => at));
        const hasCommon = later.some(([at]) => before.has(at));
        if (hasCommon) expect(mayShareIds(seen(earlier), seen(later))).toBe(true);
      }),
    );
  });

  test.each([
    ["in order", ascending(0, 500), ascending(500, 500)],
    [
      "out of order within the parts",
      [...ascending(50, 50), ...ascending(0, 50)],
      [...ascending(150, 50), ...ascending(100, 50)],
    ],
    [
      "out of order at the border",
      [...ascending(0, 500), ...ascending(501, 1)],
      [...ascending(500, 1), ...ascending(502, 500)],
    ],
    ["the older ones after the newer ones", ascending(500, 500), ascending(0, 500)],
    [
      "one of them from the future",
      [...ascending(0, 100), ...ascending(9_999_999, 1), ...ascending(100, 100)],
      ascending(200, 200),
    ],
    ["an empty part", [], ascending(0, 5)],
  ])("%s share none", (_, earlier, later) => {
    expect(mayShareIds(seen(earlier), seen(later))).toBe(false);
  });

  test("that are not all kept may share one, unless they are all later", () => {
    const many = seen(ascending(10, 2 * DUPLICATE_HORIZON));
    expect(mayShareIds(seen(ascending(0, 10)), many)).toBe(false);
    expect(mayShareIds(seen([...ascending(0, 5), ...ascending(11, 1)]), many)).toBe(true);
  });
});
