import { describe, expect, test } from "vitest";
import { wayTo } from "../circles.js";

const IMPORTS: Readonly<Record<string, readonly string[]>> = { a: ["b", "d"], b: ["c"], c: ["a"], d: [] };
const imports = (file: string): readonly string[] => IMPORTS[file] ?? [];

describe("a circle of imports", () => {
  test("is the shortest way back to the file that imports", () => {
    expect(wayTo("b", "a", imports)).toEqual(["b", "c", "a"]);
  });

  test("is not found if no import leads back", () => {
    expect(wayTo("d", "a", imports)).toBeNull();
  });
});
