// `npm run release:check [-- --node N] [--only TITLE]`: publishes every package to a registry of its own, and uses them from empty
// projects as new users would, with npm and pnpm, on each Node that is supported.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { bringNode } from "../bootstrap/bring-node.js";
import { setup } from "../bootstrap/setup.js";
import { reportLine, StepFailed } from "../bootstrap/step.js";
import { Project } from "./project.js";
import { Registry } from "./registry.js";

const NODES = ["20", "22", "24"];
/** Packages that no other code imports. */
const PROGRAMS = ["@qsc/cli", "@qsc/ai-engine", "@qsc/demo"];
const MANAGERS = /** @type {const} */ (["npm", "pnpm"]);
/** How many projects at once. */
const LANES = 2;

/**
 * What is done in projects of their own. `once`: on the oldest Node with npm, as neither matters.
 *
 * @param {readonly string[]} names
 * @returns {Promise<{ title: string, once: boolean, check: (project: Project) => Promise<string | void> }[]>}
 */
async function checksOf(names) {
  // Imported after the setup, which installs what they import.
  const { cliCheck, demoCheck, detectorCheck, jestCheck, libraryCheck, sizeCheck } = await import("./checks.js");
  const { typesCheck } = await import("./types.js");
  const libraries = names.filter((name) => !PROGRAMS.includes(name));
  return [
    ...libraries.map((name) => ({ title: name, once: false, check: libraryCheck(name) })),
    { title: "@qsc/cli", once: false, check: cliCheck },
    { title: "qsc demo", once: true, check: demoCheck },
    { title: "a degenerate model", once: false, check: detectorCheck },
    { title: "size of @qsc/degeneracy", once: true, check: sizeCheck("@qsc/degeneracy") },
    { title: "size of @qsc/violations", once: true, check: sizeCheck("@qsc/violations") },
    { title: "Jest", once: true, check: jestCheck },
    { title: "types", once: true, check: typesCheck(libraries) },
  ];
}

/**
 * @param {string} directory
 * @param {readonly string[]} nodes
 * @param {readonly string[]} only the titles of some checks; empty: all
 * @returns {Promise<string[]>} what failed
 */
async function releaseCheck(directory, nodes, only) {
  /** @type {Map<string, string>} */
  const bins = new Map();
  for (const node of nodes) bins.set(node, await bringNode(node));
  const registry = await Registry.start(join(directory, "registry"));
  try {
    const published = performance.now();
    const all = await checksOf(await registry.publishAll(join(directory, "tarballs")));
    reportLine("published", "ok", published);
    const checks = all.filter(({ title }) => only.length === 0 || only.includes(title));
    const strange = only.filter((title) => !all.some((check) => check.title === title));
    if (strange.length > 0)
      throw new StepFailed(
        `--only ${strange.join(", ")}: the checks are ${all.map(({ title }) => title).join(", ")}; it`,
        64,
      );
    const jobs = nodes.flatMap((node, index) =>
      MANAGERS.flatMap((manager) =>
        checks
          .filter(({ once }) => !once || (index === 0 && manager === "npm"))
          .map(({ title, check }) => ({ title, check, tools: { manager, node, bin: bins.get(node) ?? "" } })),
      ),
    );
    /** @type {string[]} */
    const failed = [];
    const queue = jobs.entries();
    const lane = async () => {
      for (const [index, { title, check, tools }] of queue) {
        const started = performance.now();
        const name = `${title}, ${tools.manager}, Node ${tools.node}`;
        const place = join(directory, "projects", String(index));
        try {
          const found = await check(new Project(place, tools, registry.npmrc));
          reportLine(name.padEnd(44), "ok", started);
          if (found !== undefined) console.log(`  ${found}`);
        } catch (error) {
          reportLine(name.padEnd(44), "FAILED", started);
          console.log(error instanceof Error ? error.message : error);
          failed.push(name);
        }
        rmSync(place, { recursive: true, force: true });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`${jobs.length - failed.length} of ${jobs.length} projects work`);
    return failed;
  } finally {
    await registry.stop();
  }
}

const { values } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: NODES },
    only: { type: "string", multiple: true, default: [] },
  },
});
const unknown = values.node.filter((node) => !NODES.includes(node));
if (unknown.length > 0) {
  console.error(`--node ${unknown.join(", ")} is not checked; write one of ${NODES.join(", ")}.`);
  process.exit(64);
}
const directory = mkdtempSync(join(tmpdir(), "qsc-release-check-"));
try {
  await setup();
  const failed = await releaseCheck(directory, values.node, values.only);
  for (const name of failed) console.log(`failed: ${name}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.log(error.message);
  process.exitCode = error.code;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
