import { describe, expect, test } from "vitest";
import { DUPLICATE_HORIZON, DuplicateFilter } from "../src/index.js";

describe("duplicates", () => {
  test("the same decision is recognised, and so is another content", () => {
    const filter = new DuplicateFilter();
    expect(filter.see("a", "1")).toBe("new");
    expect(filter.see("b", "1")).toBe("new");
    expect(filter.see("a", "1")).toBe("duplicate");
    expect(filter.see("a", "2")).toBe("conflict");
  });

  test("decisions as far apart as the horizon are recognised, in bounded memory", () => {
    const filter = new DuplicateFilter();
    filter.see("first", "1");
    for (let index = 1; index < DUPLICATE_HORIZON; index += 1) filter.see(`d${index}`, "1");
    expect(filter.see("first", "1")).toBe("duplicate");
    for (let index = 0; index < 2 * DUPLICATE_HORIZON; index += 1) filter.see(`e${index}`, "1");
    expect(filter.see("first", "1")).toBe("new");
  }, 60_000);
});
