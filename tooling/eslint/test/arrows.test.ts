import { ESLint, type Linter } from "eslint";
import { describe, expect, it } from "vitest";

import { root } from "../../bootstrap/root.js";

// The files need not exist: the project service would refuse them, and this rule needs no types.
const untyped: Linter.Config[] = [
  { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false } } },
];
const rulesHere = new Set([
  "qsc/boundaries",
  "no-console",
  "no-restricted-properties",
  "no-restricted-imports",
  "no-restricted-globals",
]);
const eslint = new ESLint({ cwd: root, overrideConfig: untyped, ruleFilter: ({ ruleId }) => rulesHere.has(ruleId) });

async function problems(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? "parser"}: ${message}`);
}

describe("allowed imports", () => {
  it.each([
    ["packages/report/src/a.ts", 'import { a } from "@qsc/contract"; a();'],
    ["packages/rollout/src/a.ts", 'import { a } from "@qsc/violations"; a();'],
    ["packages/rollout/src/a.ts", 'import { a } from "@qsc/systemd"; a();'],
    ["packages/report/src/html/a.ts", 'export * from "../stats/b.js";'],
    ["packages/report/src/a.ts", 'import { a } from "./report/src/b.js"; a();'],
    ["packages/systemd/src/a.ts", 'import { execFile } from "node:child_process"; execFile("true");'],
    ["packages/stream-reader/src/a.ts", 'import { Redis } from "ioredis"; new Redis();'],
    [
      "packages/stats/test/a.test.ts",
      'import { a } from "../src/a.js"; import { b } from "@qsc-tooling/testkit"; a(b);',
    ],
    ["packages/report/test/a.test.ts", 'import { a } from "@qsc/contract"; a();'],
    ["apps/qsc/test/e2e/a.test.ts", 'import { spawn } from "node:child_process"; spawn("true");'],
    ["apps/qsc/src/process.ts", "process.exitCode = 2;"],
    ["packages/rollout/src/watch/a.ts", 'import { a } from "../canary/b.js"; a();'],
    ["packages/rollout/src/judge/a/b.ts", 'import { a } from "../c.js"; a();'],
    ["packages/rollout/src/a.ts", 'import { a } from "./watch/b.js"; a();'],
  ])("%s: %s", async (file, code) => {
    expect(await problems(file, code)).toEqual([]);
  });
});

describe("lint errors", () => {
  it.each([
    [
      "a room that imports one above it",
      "packages/rollout/src/host/a.ts",
      'import { a } from "../canary/b.js"; a();',
      "the room host may not import the room canary",
    ],
    [
      "a room that imports a step",
      "packages/rollout/src/judge/a.ts",
      'import type { A } from "../activate.js"; export type B = A;',
      "the room judge may not import activate.js, which is above it",
    ],
    [
      "an arrow that is not in the table",
      "packages/report/src/a.ts",
      'import { a } from "@qsc/violations"; a();',
      "may not import @qsc/violations",
    ],
    [
      "an import of types only",
      "packages/contract/src/a.ts",
      'import type { A } from "@qsc/stats"; export type B = A;',
      "may not import @qsc/stats",
    ],
    [
      "an inline type import",
      "packages/contract/src/a.ts",
      'export type B = import("@qsc/stats").A;',
      "may not import @qsc/stats",
    ],
    ["a re-export", "packages/stats/src/a.ts", 'export * from "@qsc/contract";', "may not import @qsc/contract"],
    ["a dynamic import", "packages/stats/src/a.ts", 'await import("@qsc/contract");', "may not import @qsc/contract"],
    [
      "a package that imports itself by name",
      "packages/stats/src/a.ts",
      'export * from "@qsc/stats";',
      "may not import @qsc/stats",
    ],
    [
      "a package that imports an app",
      "packages/rollout/src/a.ts",
      'export * from "@qsc/cli";',
      "may not import @qsc/cli",
    ],
    ["an unknown package of ours", "packages/rollout/src/a.ts", 'export * from "@qsc/new";', "may not import @qsc/new"],
    ["a deep import of source", "packages/rollout/src/a.ts", 'export * from "@qsc/stats/src/a.js";', "reaches inside"],
    [
      "a deep import of a build",
      "packages/rollout/src/a.ts",
      'export * from "@qsc/stats/dist/a.js";',
      "reaches inside",
    ],
    [
      "a path into a sibling",
      "packages/rollout/src/a.ts",
      'export * from "../../stats/src/a.js";',
      "leaves packages/rollout/src",
    ],
    [
      "a path into a sibling, from a folder",
      "packages/rollout/src/b/a.ts",
      'export * from "../../../stats/src/a.js";',
      "leaves packages/rollout/src",
    ],
    [
      "a path into a sibling's build",
      "packages/rollout/src/a.ts",
      'await import("../../stats/dist/a.js");',
      "leaves packages/rollout/src",
    ],
    [
      "source that imports tests",
      "packages/stats/src/a.ts",
      'export * from "../test/a.js";',
      "leaves packages/stats/src",
    ],
    [
      "source that imports the test kit",
      "packages/report/src/a.ts",
      'export * from "@qsc-tooling/testkit";',
      "is for tests",
    ],
    [
      "a test that adds an arrow of its own",
      "packages/stats/test/a.test.ts",
      'export * from "@qsc/contract";',
      "may not import @qsc/contract",
    ],
    [
      "a test that reaches into a sibling",
      "packages/report/test/a.test.ts",
      'export * from "../../contract/src/a.js";',
      "leaves packages/report",
    ],
    [
      "a command run outside of systemd",
      "packages/rollout/src/a.ts",
      'import "node:child_process";',
      "only packages/systemd",
    ],
    ["a command run without the node: prefix", "apps/qsc/src/a.ts", 'import "child_process";', "only packages/systemd"],
    [
      "a command run later, outside of systemd",
      "packages/rollout/src/a.ts",
      'await import("node:child_process");',
      "only packages/systemd",
    ],
    [
      "ioredis outside of stream-reader",
      "packages/violations/src/a.ts",
      'import "ioredis";',
      "only packages/stream-reader",
    ],
    ["console in a package", "packages/report/src/a.ts", 'console.log("a");', "no-console"],
    ["an exit in a package", "packages/rollout/src/a.ts", "process.exit(1);", "only an app's process.ts exits"],
    [
      "an exit code set in a package",
      "packages/rollout/src/a.ts",
      "process.exitCode = 1;",
      "only an app's process.ts exits",
    ],
    [
      "an exit under its own name",
      "packages/rollout/src/a.ts",
      'import { exit } from "node:process"; exit(1);',
      "only an app's process.ts exits",
    ],
    ["an exit elsewhere in an app", "apps/ai-engine/src/a.ts", "process.exit(1);", "only an app's process.ts exits"],
    ["a clock in stats", "packages/stats/src/a.ts", "Date.now();", "Unexpected use of 'Date'"],
  ])("%s", async (_, file, code, reason) => {
    const found = await problems(file, code);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(reason);
  });
});
