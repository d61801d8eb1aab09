// A process that runs one Vitest, and tries one change after another in one sandbox.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createVitest } from "vitest/node";

/**
 * `changes` is empty to run the tests as they are.
 *
 * @typedef {{ readonly file: string, readonly text: string }} Change
 * @typedef {{ readonly changes: readonly Change[], readonly tests: readonly string[] }} Trial
 *
 * The first red test; null when all are green.
 *
 * @typedef {{ test: string, title: string } | null} Killer
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
    // The built packages besides this one are not mutated, and need no transformation.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    // Threads die with this process, which ends a mutant that never ends.
    pool: "threads",
    bail: 1,
    maxWorkers: 1,
    reporters: [{}],
    silent: true,
    // A busy machine must not kill a mutant; one that never ends is ended from outside.
    testTimeout: 0,
  },
  { cacheDir: join(directory, ".vite"), logLevel: "silent" },
);
await vitest.standalone();
const specifications = await vitest.globTestSpecifications();

/** @param {Trial} trial @returns {Promise<Killer>} */
async function attempt({ changes, tests }) {
  const originals = changes.map(({ file }) => ({ file, text: readFileSync(join(directory, file), "utf8") }));
  try {
    write(changes);
    return await firstRed(tests);
  } finally {
    write(originals);
  }
}

/** @param {readonly Change[]} changes */
function write(changes) {
  for (const { file, text } of changes) {
    const path = join(directory, file);
    writeFileSync(path, text);
    vitest.invalidateFile(path);
  }
}

/** @param {readonly string[]} tests @returns {Promise<Killer>} */
async function firstRed(tests) {
  for (const test of tests) {
    process.send?.({ began: test });
    const id = join(directory, test);
    const chosen = specifications.filter(({ moduleId }) => moduleId === id);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen);
    // Vitest returns everything that it has ever run.
    const module = testModules.find(({ moduleId }) => moduleId === id);
    if (module === undefined) throw new Error(`${test} was not run`);
    const [red] = module.children.allTests("failed");
    if (red !== undefined) return { test, title: red.fullName };
    if (!module.ok() || unhandledErrors.length > 0) return { test, title: "the file does not run" };
  }
  return null;
}

process.on("message", (/** @type {Trial} */ trial) => {
  attempt(trial).then(
    (killer) => process.send?.({ killer }),
    (/** @type {unknown} */ error) => process.send?.({ error: String(error) }),
  );
});
process.once("disconnect", () => process.exit());
process.send?.({ killer: null });
