import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKS } from "../src/index.js";
import { CHECK_IDS, REGISTRY } from "../src/checks/registry.js";
import { CAUSES } from "../src/checks/model/causes.js";

const ROOT = join(import.meta.dirname, "../../..");
const HOME = "packages/violations/src/checks/";
/** The tables of profiles, which name limits by their keys. The compiler knows those. */
const PROFILES = "packages/violations/src/profile/";

describe("the registry of checks", () => {
  test("has each check once per scope", () => {
    const names = REGISTRY.map(({ scope, id }) => `${scope} ${id}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test("names every cause in some check, and only causes that exist", () => {
    const named = new Set(REGISTRY.flatMap(({ causes = [] }) => causes));
    expect(new Set(CAUSES.map(({ name }) => name))).toEqual(named);
  });

  test("names only checks that exist", () => {
    for (const { impliedBy, replaces } of REGISTRY)
      for (const id of [impliedBy, replaces]) if (id !== undefined) expect(CHECK_IDS).toContain(id);
  });

  test("is the only place that knows the eight checks", () => {
    for (const { id } of CHECKS) {
      const knowing = sources()
        .filter(([, text]) => new RegExp(`["'\`]${id}\\b`).test(text))
        .map(([file]) => file)
        .filter((file) => !file.startsWith(PROFILES));
      expect([id, knowing]).toEqual([id, [`${HOME}model/eight.ts`]]);
    }
  });

  test("is the only place with names of checks; a policy requirement may have the same name", () => {
    const named = sources().flatMap(([file, text]) => {
      if (file.startsWith(HOME) || file === "packages/contract/src/policy.ts") return [];
      return [...text.matchAll(/["'`]([a-z]+_[a-z_]+)["'`]/g)]
        .filter(([, id = ""]) => CHECK_IDS.has(id))
        .map(([, id]) => [file, id]);
    });
    // Judges of one model, next to the verdict that they produce.
    expect(named.filter(([file]) => file !== "packages/violations/src/judge-model.ts")).toEqual([]);
  });

  test("a ninth check is one row and one measure: CONTRIBUTING names the files that know one of the eight", () => {
    const [, exercise = ""] =
      /## How to add a check\n([^]*?)\n## /.exec(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")) ?? [];
    const steps = [...exercise.matchAll(/^\d\. `(packages\/[^`]+)`/gm)].map(([, file]) => file);
    const knowing = sources()
      .filter(([, text]) => /["'`]dead_zone["'`]|\bneutralShare[:(]/.test(text))
      .map(([file]) => file);
    expect(steps.filter((file) => file?.includes("/src/")).sort()).toEqual(knowing.sort());
    expect(steps).toContain("packages/violations/test/checks.test.ts");
  });
});

/** The source of all packages and of the command line, by its path. */
function sources(): (readonly [file: string, text: string])[] {
  return ["packages", "apps"]
    .flatMap((place) =>
      readdirSync(join(ROOT, place)).flatMap((name) => {
        const directory = join(place, name, "src");
        return filesOf(join(ROOT, directory)).map(
          (file) => [`${directory}/${file}`, readFileSync(join(ROOT, directory, file), "utf8")] as const,
        );
      }),
    )
    .map(([file, text]) => [file, withoutComments(text)] as const);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
}
