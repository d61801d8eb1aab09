import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { DUPLICATE_HORIZON, DuplicateFilter, haveInCommon, type PartDecisions } from "../src/index.js";

describe("duplicates", () => {
  test("recognises a repeated decision, with the same or with different content", () => {
    const filter = new DuplicateFilter();
    expect(filter.see("a", "1")).toBe("new");
    expect(filter.see("b", "1")).toBe("new");
    expect(filter.see("a", "1")).toBe("duplicate");
    expect(filter.see("a", "2")).toBe("conflict");
  });

  test("can be asked without recording anything", () => {
    const filter = new DuplicateFilter();
    filter.see("a", "1");
    const asked = [filter.lookUp("a", "1"), filter.lookUp("a", "2"), filter.lookUp("b", "1")];
    expect(asked).toEqual(["duplicate", "conflict", "new"]);
    expect(filter.see("b", "1")).toBe("new");
  });

  test("decisions as far apart as the horizon are recognised, in bounded memory", () => {
    const filter = new DuplicateFilter();
    filter.see("first", "1");
    for (let index = 1; index < DUPLICATE_HORIZON; index += 1) filter.see(`d${index}`, "1");
    expect(filter.see("first", "1")).toBe("duplicate");
    for (let index = 0; index < 2 * DUPLICATE_HORIZON; index += 1) filter.see(`e${index}`, "1");
    expect(filter.see("first", "1")).toBe("new");
  });
});

describe("decisions of two parts", () => {
  const partOf = (keys: readonly string[]): PartDecisions => {
    const filter = new DuplicateFilter(true);
    for (const key of keys) filter.see(key, "1");
    return structuredClone(filter.decisions());
  };

  test("are shared exactly if one is in both", () => {
    const keys = fc.array(fc.nat(40).map(String));
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(haveInCommon(partOf(a), partOf(b))).toBe(a.some((key) => b.includes(key)));
      }),
    );
  });

  test("are shared if the last of one is the first of the other, however long both are", () => {
    const count = 2 * DUPLICATE_HORIZON;
    const keys = (from: string): readonly string[] => Array.from({ length: count }, (_, index) => `${from}${index}`);
    const earlier = partOf([...keys("a"), "between"]);
    expect(haveInCommon(earlier, partOf(["between", ...keys("b")]))).toBe(true);
    expect(haveInCommon(earlier, partOf(keys("b")))).toBe(false);
  });

  test("are known for a single part", () => {
    expect(() => new DuplicateFilter().decisions()).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});
