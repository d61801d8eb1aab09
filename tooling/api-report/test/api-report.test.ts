import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../bootstrap/root.js";
import { apiReports } from "../report.js";

const REPORTS = apiReports();

describe("the public surface", () => {
  test.each(REPORTS)("of $path is the reviewed one", async ({ path, text }) => {
    await expect(text).toMatchFileSnapshot(join(root, path));
  });

  test("shows each kind of export, without comments and without what is private", () => {
    const text = REPORTS.find(({ path }) => path === "packages/violations/api-report.md")?.text;
    for (const name of ["DegeneracyDetector", "judgePredictions", "DEFAULT_POLICY", "DegeneracyOptions"])
      expect(text).toContain(`// ${name}\n`);
    expect(text).toMatch(
      /declare class DegeneracyDetector \{[^}]*observe\(label: string, confidence: number\): Degeneracy;/,
    );
    expect(text).not.toMatch(/\/\*\*|#private/);
  });

  test("shows what is not exported and still part of an export", () => {
    const contract = REPORTS.find(({ path }) => path === "packages/contract/api-report.md");
    expect(contract?.text).toContain("// not exported: ");
  });
});
