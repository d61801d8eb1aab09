import { compareIds, idTime, type EntryId } from "@qsc/contract";
import { createRandom } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { Admission } from "../../src/feed/admission.js";
import type { FeedRow } from "../../src/feed/port.js";

const NOW = 1_700_000_000_000;
const row = (id: EntryId, symbol = "A"): FeedRow => ({ kind: "row", id, symbol, features: {}, timeMs: idTime(id) });
const at = (ms: number, symbol?: string): FeedRow => row(`${ms}-0` as EntryId, symbol);

function admitting(maxAgeMs: number | null = null) {
  const clock = { now: NOW };
  const admission = new Admission({ maxAgeMs, now: () => clock.now });
  const reason = (each: FeedRow): string | null => admission.refusal(each)?.reason ?? null;
  return { admission, clock, reason };
}

describe("the age of a row", () => {
  test("is measured by its ID: exactly at the limit it is admitted, a millisecond beyond it is refused", () => {
    expect(admitting().reason(at(NOW - 60_000))).toBeNull();
    expect(admitting().reason(at(NOW - 60_001))).toBe("too_old");
    expect(admitting(90_000).reason(at(NOW - 90_000))).toBeNull();
    expect(admitting(90_000).reason(at(NOW - 90_001))).toBe("too_old");
  });

  test("may be negative by up to 5 s", () => {
    expect(admitting().reason(at(NOW + 5000))).toBeNull();
    expect(admitting().reason(at(NOW + 5001))).toBe("from_the_future");
    expect(admitting().reason(row("18446744073709551615-18446744073709551615"))).toBe("from_the_future");
  });

  test("is limited to three times the feed's interval, taken from the rows of each symbol, and at least 60 s", () => {
    const { admission } = admitting();
    expect(admission.maxAgeMs).toBe(60_000);
    for (let n = 10; n > 0; n -= 1) for (const symbol of ["A", "B"]) admission.know(at(NOW - n * 300_000, symbol));
    expect(admission.maxAgeMs).toBe(900_000);
    expect(admitting(90_000).admission.maxAgeMs).toBe(90_000);
  });

  test("one pause of the feed does not stretch its interval", () => {
    const { admission, clock, reason } = admitting();
    for (let n = 0; n < 4; n += 1) admission.know(at(NOW - 4000 + 1000 * n));
    clock.now += 7_200_000;
    expect([reason(at(clock.now)), admission.maxAgeMs]).toEqual([null, 60_000]);
  });

  test("is checked for each row when its turn comes", () => {
    const { clock, reason } = admitting();
    expect(reason(at(NOW))).toBeNull();
    clock.now += 60_002;
    expect(reason(at(NOW + 1))).toBe("too_old");
  });

  test("a row from the future does not shut out those that follow", () => {
    const { reason } = admitting();
    expect([reason(at(NOW + 3_600_000)), reason(at(NOW)), reason(at(NOW + 1))]).toEqual([
      "from_the_future",
      null,
      null,
    ]);
  });
});

describe("the order of a symbol's rows", () => {
  test("a row must come after every earlier row of its symbol, from before the start or since, even after those refused for their age", () => {
    const { admission, reason } = admitting();
    admission.know(at(NOW - 10));
    expect([
      reason(at(NOW - 10)),
      reason(at(NOW - 11)),
      reason(at(NOW - 9)),
      reason(at(NOW - 9)),
      reason(at(NOW - 9, "B")),
    ]).toEqual(["out_of_order", "out_of_order", null, "out_of_order", null]);
    const old = admitting();
    expect([old.reason(at(NOW - 3_600_000)), old.reason(at(NOW - 3_600_000)), old.reason(at(NOW))]).toEqual([
      "too_old",
      "out_of_order",
      null,
    ]);
  });

  test("rows that were there at the start are not decided on, for any symbol", () => {
    const { admission, reason } = admitting();
    admission.startAfter(`${NOW - 5}-0` as EntryId);
    expect([reason(at(NOW - 5, "never seen")), reason(at(NOW - 4, "never seen"))]).toEqual(["out_of_order", null]);
  });

  test("an ID from the future that was there at the start does not shut out later rows", () => {
    const { admission, reason } = admitting();
    expect(admission.know(at(NOW + 3_600_000))).toBe(false);
    admission.startAfter(`${NOW + 3_600_000}-0` as EntryId);
    expect([reason(at(NOW - 1)), reason(at(NOW + 1))]).toEqual(["out_of_order", null]);
  });

  test("with more symbols than are remembered, no row is decided on twice", () => {
    const { clock, reason } = admitting();
    const rows = Array.from({ length: 12_000 }, (_, n) => at(NOW + n, `S${n}`));
    clock.now += 12_000;
    for (const each of rows) expect(reason(each)).toBeNull();
    for (const each of rows) expect(reason(each)).toBe("out_of_order");
  });

  test("only a refused row that was its symbol's next leaves a hole in the history", () => {
    const { admission } = admitting();
    const hole = (each: FeedRow): boolean | undefined => admission.refusal(each)?.leavesHole;
    expect([hole(at(NOW - 100_000)), hole(at(NOW - 100_000)), hole(at(NOW + 100_000)), hole(at(NOW))]).toEqual([
      true,
      false,
      true,
      undefined,
    ]);
  });
});

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  "whatever rows come, in any order and number: each symbol's are decided on in rising order, once, and fresh (seed %i)",
  (seed) => {
    const random = createRandom(seed);
    const { clock, admission } = admitting();
    const decided = new Map<string, EntryId>();
    for (let n = 0; n < 500; n += 1) {
      clock.now += Math.floor(random.uniform() * 20_000);
      const ms = clock.now - 200_000 + Math.floor(random.uniform() * 260_000);
      const each = row(`${ms}-${Math.floor(random.uniform() * 3)}` as EntryId, random.uniform() < 0.5 ? "A" : "B");
      const last = decided.get(each.symbol);
      const repeated =
        random.uniform() < 0.2 && last !== undefined ? { ...each, id: last, timeMs: idTime(last) } : each;
      if (admission.refusal(repeated) !== null) continue;
      if (last !== undefined) expect(compareIds(repeated.id, last)).toBeGreaterThan(0);
      expect(clock.now - repeated.timeMs).toBeLessThanOrEqual(admission.maxAgeMs);
      expect(repeated.timeMs - clock.now).toBeLessThanOrEqual(5000);
      decided.set(repeated.symbol, repeated.id);
    }
    expect(decided.size).toBe(2);
  },
);
