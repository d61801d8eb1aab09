import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LabelCounts, RollingLabels } from "../src/index.js";
import { defined, expectRefusal, NOT_FINITE, seeded, shuffled } from "./support.js";

const HOSTILE = ["__proto__", "constructor", "toString", "", "HOLD", "\u0000", "\ud800"];
const label = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 3 }));

function counted(labels: readonly string[]): LabelCounts {
  const counts = new LabelCounts();
  for (const each of labels) counts.add(each);
  return counts;
}

/** Straight from the definition: most frequent, ties to the smallest. */
function naiveLargest(labels: readonly string[]): string | undefined {
  const times = (one: string): number => labels.filter((other) => other === one).length;
  return [...new Set(labels)].sort((a, b) => times(b) - times(a) || (a < b ? -1 : 1))[0];
}

describe("LabelCounts", () => {
  test("nothing is defined without labels", () => {
    const counts = new LabelCounts();
    expect([counts.total, counts.distinct, counts.share("a"), counts.largest()]).toEqual([0, 0, null, null]);
    expect([counts.entries(), [...counts.shares()]]).toEqual([[], []]);
  });

  test("hostile labels are counted like any others", () => {
    const counts = counted([...HOSTILE, "__proto__"]);
    expect(counts.largest()).toEqual({ label: "__proto__", count: 2, share: 2 / 8 });
    expect(counts.count("hasOwnProperty")).toBe(0);
    expect(counts.shares().get("constructor")).toBe(1 / 8);
    expect(counts.distinct).toBe(HOSTILE.length);
  });

  test("entries, shares and largest do not depend on order or split", () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1 }), fc.integer(), fc.nat(), (labels, seed, cut) => {
        const whole = counted(labels);
        const mixed = shuffled(labels, seeded(seed));
        const at = cut % (labels.length + 1);
        const merged = counted(mixed.slice(0, at)).merge(counted(mixed.slice(at)));
        expect(merged.entries()).toEqual(whole.entries());
        expect([...merged.shares()]).toEqual([...whole.shares()]);
        expect(merged.largest()).toEqual(whole.largest());
        expect(whole.largest()?.label).toBe(naiveLargest(labels));
        expect(whole.entries()[0]?.[0]).toBe(naiveLargest(labels));
        expect(whole.total).toBe(labels.length);
      }),
    );
  });

  test("adds a label several times at once, and 0 times does not count as seen", () => {
    const counts = new LabelCounts();
    counts.add("a", 3);
    counts.add("b", 0);
    expect([counts.entries(), counts.total]).toEqual([[["a", 3]], 3]);
  });

  test("merge does not change its argument, and works with itself", () => {
    const other = counted(["a"]);
    const merged = counted(["b"]).merge(other);
    merged.add("a");
    expect([other.entries(), merged.total]).toEqual([[["a", 1]], 3]);
    expect(merged.merge(merged).entries()).toEqual([
      ["a", 4],
      ["b", 2],
    ]);
  });

  test("a refused count changes nothing", () => {
    const counts = counted(["a"]);
    for (const bad of NOT_FINITE) expectRefusal(() => counts.add("a", bad), "not_finite");
    expectRefusal(() => counts.add("a", -1), "out_of_range");
    expectRefusal(() => counts.add("a", 0.5), "invalid_argument");
    expectRefusal(() => counts.add("a", Number.MAX_SAFE_INTEGER), "out_of_range");
    expect([counts.total, counts.count("a")]).toEqual([1, 1]);
  });
});

describe("RollingLabels", () => {
  test("nothing is defined without labels", () => {
    const rolling = new RollingLabels(3);
    expect([rolling.n, rolling.full, rolling.share("a"), rolling.largest()]).toEqual([0, false, null, null]);
  });

  test("equals a count of the last window", () => {
    fc.assert(
      fc.property(fc.array(label, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (labels, window) => {
        const rolling = new RollingLabels(window);
        for (const [i, each] of labels.entries()) {
          rolling.add(each);
          const last = labels.slice(Math.max(0, i + 1 - window), i + 1);
          expect(rolling.largest()).toEqual(counted(last).largest());
          expect([rolling.n, rolling.distinct]).toEqual([last.length, new Set(last).size]);
          expect(rolling.share(each)).toBe(counted(last).share(each));
          expect(rolling.full).toBe(last.length === window);
        }
      }),
    );
  });

  test("forgets labels that never repeat: after 100,000 of them only a window's worth remains", () => {
    const rolling = new RollingLabels(100);
    for (let i = 0; i < 100_000; i += 1) rolling.add(`label ${i}`);
    expect([rolling.n, rolling.distinct, rolling.count("label 0")]).toEqual([100, 100, 0]);
    expect(defined(rolling.largest()).share).toBe(0.01);
  });

  test("refuses one label too many and changes nothing; a label that leaves makes space", () => {
    const rolling = new RollingLabels(3, 2);
    for (const each of ["a", "b", "b"]) rolling.add(each);
    rolling.add("c");
    expect([rolling.count("a"), rolling.count("c")]).toEqual([0, 1]);
    expectRefusal(() => rolling.add("d".repeat(1000)), "out_of_range");
    expect([rolling.n, rolling.count("b"), rolling.count("c")]).toEqual([3, 2, 1]);
    rolling.add("c");
    expect([rolling.count("b"), rolling.count("c")]).toEqual([1, 2]);
  });

  test("refuses a window or limit that is not a whole number >= 1", () => {
    for (const bad of [0, -1, 1e9]) expectRefusal(() => new RollingLabels(bad), "out_of_range");
    expectRefusal(() => new RollingLabels(1.5), "invalid_argument");
    expectRefusal(() => new RollingLabels(NaN), "not_finite");
    expectRefusal(() => new RollingLabels(5, 0), "out_of_range");
  });
});
