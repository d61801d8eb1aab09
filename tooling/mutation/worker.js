// A process that holds one Vitest, and tries one change after another in one sandbox.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createVitest } from "vitest/node";

/** @typedef {import("vitest/node").TestModule} TestModule */
/**
 * `file` and `text` are null to run the tests as they are.
 *
 * @typedef {{ file: string | null, text: string | null, tests: readonly string[] }} Trial
 *
 * The first red test, and how many more of its file; null when all are green.
 *
 * @typedef {{ test: string, title: string, more: number } | null} Killer
 */

const [directory = "", ...setupFiles] = process.argv.slice(2);

const vitest = await createVitest(
  "test",
  {
    root: directory,
    config: false,
    watch: false,
    include: ["test/**/*.test.ts"],
    setupFiles,
    // Threads die with this process; that is how a mutant that never ends is ended.
    pool: "threads",
    maxWorkers: 1,
    reporters: [{}],
    silent: true,
    testTimeout: 20_000,
  },
  { cacheDir: join(directory, ".vite"), logLevel: "silent" },
);
await vitest.standalone();
const specifications = await vitest.globTestSpecifications();

/** @param {Trial} trial @returns {Promise<Killer>} */
async function attempt({ file, text, tests }) {
  if (file === null || text === null) return firstRed(tests);
  const path = join(directory, file);
  const original = readFileSync(path, "utf8");
  try {
    writeFileSync(path, text);
    vitest.invalidateFile(path);
    return await firstRed(tests);
  } finally {
    writeFileSync(path, original);
    vitest.invalidateFile(path);
  }
}

/** @param {readonly string[]} tests @returns {Promise<Killer>} */
async function firstRed(tests) {
  for (const test of tests) {
    const chosen = specifications.filter(({ moduleId }) => moduleId === join(directory, test));
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen);
    const [module] = testModules;
    if (module === undefined) throw new Error(`${test} was not run`);
    const titles = [...module.children.allTests("failed")].map(({ fullName }) => fullName);
    if (titles[0] !== undefined) return { test, title: titles[0], more: titles.length - 1 };
    if (!module.ok() || unhandledErrors.length > 0) return { test, title: "the file does not run", more: 0 };
  }
  return null;
}

process.on("message", (/** @type {Trial} */ trial) => {
  void attempt(trial).then((killer) => process.send?.({ killer }));
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
