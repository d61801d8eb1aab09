import { describe, expect, it } from "vitest";

import { mutantsOf } from "../mutate.js";
import { justBeyond } from "../rows.js";

const changes = (text: string) => mutantsOf("a.ts", text).map(({ kind, from, to }) => `${kind}: ${from} -> ${to}`);

describe("what is mutated", () => {
  it("flips, shifts and drops a comparison", () => {
    expect(changes("export const high = (n: number) => n > limit;")).toEqual([
      "flip: n > limit -> n < limit",
      "off by one: n > limit -> n >= limit",
      "drop: n > limit -> false",
      "drop: n > limit -> true",
    ]);
  });

  it("flips, shifts and drops a comparison that allows for rounding", () => {
    expect(changes("export const high = (n: number) => isAbove(n, limit);")).toEqual([
      "flip: isAbove(n, limit) -> isBelow(n, limit)",
      "off by one: isAbove(n, limit) -> !isBelow(n, limit)",
      "drop: isAbove(n, limit) -> false",
      "drop: isAbove(n, limit) -> true",
    ]);
  });

  it("drops each side of a condition of two", () => {
    expect(changes("f = a || b;")).toEqual(["drop: a || b -> a", "drop: a || b -> b", "flip: a || b -> (a) && (b)"]);
  });

  it("takes terms out of a formula", () => {
    expect(changes("f = (count + unread) / n;")).toEqual([
      "term dropped: (count + unread) / n -> (count + unread)",
      "term dropped: count + unread -> count",
      "sign: count + unread -> count - unread",
    ]);
  });

  it("mutates every row of a table, the limit by more than rounding for the limit itself", () => {
    expect(changes('t = [{ violatedWhen: "above", limit: 0.85 }];')).toEqual([
      'flip: { violatedWhen: "above", limit: 0.85 } -> { violatedWhen: "below", limit: 0.85 }',
      `off by one: the limit itself violates: { violatedWhen: "above", limit: 0.85 } -> { violatedWhen: "above", limit: ${0.85 * (1 - 1e-9)} }`,
      `drop: never violated: { violatedWhen: "above", limit: 0.85 } -> { violatedWhen: "above", limit: ${Number.MAX_VALUE} }`,
      'limit shifted: { violatedWhen: "above", limit: 0.85 } -> { violatedWhen: "above", limit: 0.8415 }',
      'limit shifted: { violatedWhen: "above", limit: 0.85 } -> { violatedWhen: "above", limit: 0.8585 }',
    ]);
  });

  it("does not mutate words or their concatenation", () => {
    expect(changes('f = n > 1 ? "some events" : `${n > 0} event`; g = "a" + " b";')).toEqual([]);
  });

  it("gives the whole file with one thing changed", () => {
    const [first] = mutantsOf("a.ts", "// why\nf = a < b;\ng = 1;\n");
    expect(first).toMatchObject({ line: 2, text: "// why\nf = a > b;\ng = 1;\n" });
  });
});

it("moves a limit by more than the rounding that comparisons allow for", () => {
  expect(justBeyond(0.85, 1) / 0.85 - 1).toBeCloseTo(1e-9, 14);
  expect(1 - justBeyond(0.85, -1) / 0.85).toBeCloseTo(1e-9, 14);
});
