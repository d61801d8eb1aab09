import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TABLES, withTables } from "./check-tables.js";

const ROOT = join(import.meta.dirname, "../../..");
const PAGES = ["packages/violations/README.md", "docs/codes.md", "docs/runbook.md"];

/** `vitest run packages/violations/test/check-pages.test.ts -u` writes the tables. */
describe("the tables of the checks", () => {
  test.each(PAGES)("in %s match the registry", async (page) => {
    const path = join(ROOT, page);
    await expect(withTables(await readFile(path, "utf8"))).toMatchFileSnapshot(path);
  });

  test("are each on exactly one page", async () => {
    const pages = await Promise.all(PAGES.map((page) => readFile(join(ROOT, page), "utf8")));
    for (const name of Object.keys(TABLES))
      expect(
        pages.some((text) => text.includes(`<!-- checks:${name} -->`)),
        name,
      ).toBe(true);
  });

  test("differ from one with another number", () => {
    const page = "before\n<!-- checks:eight -->\n\n| 1 | std < 0.02 |\n\n<!-- /checks -->\nafter";
    const made = withTables(page);
    expect(made).not.toBe(page);
    expect(made).toMatch(/^before\n[^]*std < 0\.01[^]*\nafter$/);
    expect(withTables(made)).toBe(made);
  });
});
