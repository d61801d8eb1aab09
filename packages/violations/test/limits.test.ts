import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKS, compilePolicy, DEFAULT_POLICY, LIMIT_RULES, limitOf, parsePolicy } from "../src/index.js";
import { CHECK_IDS, type LimitKey } from "../src/checks/registry.js";
import { withLimits } from "./support.js";
import { invalid, refused } from "./support-options.js";

describe("limits", () => {
  test("the accessor never substitutes a missing limit", () => {
    for (const [name, { value }] of Object.entries(LIMIT_RULES)) {
      const key = name as LimitKey;
      expect(limitOf(DEFAULT_POLICY, key)).toBe(value);
      for (const wrong of [undefined, null, Number.NaN, Infinity, -1, "0.1"]) {
        expect(() => limitOf(withLimits({ [key]: wrong as number }), key)).toThrow(invalid(key));
      }
    }
    expect(() => limitOf(DEFAULT_POLICY, "toString" as LimitKey)).toThrow(invalid("toString"));
  });

  test("no limit has a default in the code", () => {
    for (const [file, text] of sources())
      expect([file, /limits\[[^\]]*\]\s*\?\?/.exec(text)?.[0] ?? null]).toEqual([file, null]);
  });
});

describe("names of checks", () => {
  test("every id that a judge can emit is reserved", async () => {
    const emitted = new Set<string>(CHECKS.map(({ id }) => id));
    for (const [, text] of sources())
      for (const [, id = ""] of text.matchAll(/\b(?:result|never|unmeasured)\(\s*(?:card,\s*)?"([a-z_]+)"/g))
        emitted.add(id);
    expect([...emitted]).toEqual(
      expect.arrayContaining([
        "flat_features",
        "feature_drift",
        "agreement",
        "insufficient_vectors",
        "stream_gap",
        "mixed_artifact",
      ]),
    );
    expect([...emitted].filter((id) => !CHECK_IDS.has(id))).toEqual([]);
    for (const id of emitted) {
      await expect(parsePolicy(`checks: [{id: ${id}, violatedWhen: std < 1}]`, "p")).rejects.toThrow("is taken");
      await refused(
        () => compilePolicy({ ...DEFAULT_POLICY, checks: [{ id, violatedWhen: "std < 1" }] }),
        `policy.checks[0].id is "${id}"`,
      );
    }
  });

  test("two of a policy's own checks cannot share a name", async () => {
    const own = { id: "own", violatedWhen: "std < 1" };
    await refused(() => compilePolicy({ ...DEFAULT_POLICY, checks: [own, own] }), 'policy.checks[1].id is "own"');
  });
});

/** The source of this package, file by file. */
function sources(): (readonly [file: string, text: string])[] {
  const root = join(import.meta.dirname, "../src");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [file, readFileSync(join(root, file), "utf8")] as const);
}
