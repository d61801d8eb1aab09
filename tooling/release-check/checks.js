import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import ts from "typescript";

import { root } from "../bootstrap/root.js";
import { readmeExample, shellExample } from "../examples/readme-example.js";

/** @typedef {import("./project.js").Project} Project */

/** Optional packages that the example of a README needs. @type {Readonly<Record<string, readonly string[]>>} */
const PEERS = { "@qsc/contract": ["zod"] };
const LIBRARY_SIZES = {
  "@qsc/degeneracy": { packages: 2, bytes: 100_000 },
  "@qsc/violations": { packages: 20, bytes: 5_000_000 },
};

/**
 * A library in a project of its own: the example of the README that came with it, and `require`.
 *
 * @param {string} name
 * @returns {(project: Project) => Promise<void>}
 */
export function libraryCheck(name) {
  return async (project) => {
    await project.install(name, ...(PEERS[name] ?? []));
    const readme = readFileSync(join(project.directory, "node_modules", name, "README.md"), "utf8");
    const { code, prints } = readmeExample(readme);
    const beside = importedBy(code).filter((other) => other !== name);
    if (beside.length > 0) await project.install(...beside);
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    project.write("example.mjs", ts.transpileModule(code, { compilerOptions }).outputText);
    requireSame("the example of its README", await project.succeed(["node", "example.mjs"]), prints);
    project.write(
      "require.cjs",
      `if (Object.keys(require(${JSON.stringify(name)})).length === 0) throw new Error("it exports nothing");\n`,
    );
    await project.succeed(["node", "--no-warnings", "require.cjs"]);
  };
}

/** @param {string} code @returns {string[]} the packages that it imports */
function importedBy(code) {
  const names = [...code.matchAll(/from "(@[^/"]+\/[^/"]+|[^@./"][^/"]*)[^"]*"/g)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => !name.startsWith("node:"));
}

/** What a library brings with it stays small. @param {keyof typeof LIBRARY_SIZES} name */
export function sizeCheck(name) {
  const limit = LIBRARY_SIZES[name];
  return async (/** @type {Project} */ project) => {
    await project.install(name);
    const { packages, bytes } = project.installed();
    const found = `${packages.length} packages (${packages.join(", ")}) of ${bytes} bytes`;
    if (packages.length > limit.packages || bytes > limit.bytes)
      throw new Error(`${name} brings ${found}; at most ${limit.packages} of ${limit.bytes} bytes are allowed`);
    if (packages.some((other) => ["mathjs", "yaml", "zod"].includes(other)))
      throw new Error(`${name} brings ${packages.join(", ")}`);
    return `${packages.length} packages, ${bytes} bytes`;
  };
}

/** The command line, and the example of its README: the gate on recorded telemetry. @param {Project} project */
export async function cliCheck(project) {
  await project.install("@qsc/cli");
  mkdirSync(join(project.directory, "demo"));
  copyFileSync(join(root, "demo/healthy.ndjson.gz"), join(project.directory, "demo/healthy.ndjson.gz"));
  const readme = readFileSync(join(project.directory, "node_modules/@qsc/cli/README.md"), "utf8");
  const { code, prints } = shellExample(readme);
  project.write("example.sh", code);
  const printed = await project.succeed(["sh", "-c", "sh example.sh 2>&1"]);
  // Where the report is, and which settings there are: words beside the answer, on stderr.
  requireSame("the example of its README", printed.replace(/^(?:report|config) .*\n/gm, ""), prints);
  const version = (await project.succeed(["qsc", "--version"])).trim();
  const { version: published } = JSON.parse(
    readFileSync(join(project.directory, "node_modules/@qsc/cli/package.json"), "utf8"),
  );
  requireSame("qsc --version", version, published);
}

/** The demo, as the README of its package says: a canary that collapses is rolled back. @param {Project} project */
export async function demoCheck(project) {
  await project.install("@qsc/cli");
  const { code, output } = await project.run(["qsc", "demo"]);
  if (code !== 1 || !output.includes("npm install -g @qsc/demo"))
    throw new Error(`without its package, qsc demo ended with ${code}:\n${output}`);
  await project.install("@qsc/demo");
  await project.succeed(["qsc", "demo"]);
  return "it ended as expected";
}

/** A degenerate model is found, and a policy with an expression says what to install. @param {Project} project */
export async function detectorCheck(project) {
  await project.install("@qsc/degeneracy", "@qsc/violations");
  project.write(
    "detector.mjs",
    `import { DegeneracyDetector } from "@qsc/degeneracy";
     import { DegeneracyDetector as Same } from "@qsc/violations/degeneracy";
     import { parsePolicy } from "@qsc/violations";
     for (const Detector of [DegeneracyDetector, Same]) {
       const detector = new Detector();
       for (let i = 0; i < 100; i += 1) detector.observe("spam", 0.61);
       console.log(detector.state);
     }
     console.log(await parsePolicy("{}", "policy.yaml").catch(({ code }) => code));\n`,
  );
  requireSame(
    "detector.mjs",
    await project.succeed(["node", "detector.mjs"]),
    "degenerate\ndegenerate\ndependency_missing\n",
  );
  await project.install("yaml@^2.9.1", "mathjs@^15.1.1");
  project.write(
    "policy.mjs",
    `import { parsePolicy } from "@qsc/violations";
     const { checks } = await parsePolicy("checks: [{id: own, violatedWhen: mean < 0.2}]", "policy.yaml");
     console.log(checks.length);\n`,
  );
  requireSame("policy.mjs", await project.succeed(["node", "policy.mjs"]), "1\n");
}

/** The libraries within Jest, which turns ES modules into CommonJS by a transform. @param {Project} project */
export async function jestCheck(project) {
  await project.install(
    "@qsc/degeneracy",
    "@qsc/violations",
    "@qsc/fail-closed",
    "jest@^30.5.2",
    "@babel/preset-env@^7.28.0",
  );
  project.write(
    "jest.config.json",
    JSON.stringify({
      transform: { "\\.js$": ["babel-jest", { presets: [["@babel/preset-env", { targets: { node: "current" } }]] }] },
      transformIgnorePatterns: ["/node_modules/(?!@qsc/|@noble/)"],
    }),
  );
  project.write(
    "detector.test.js",
    `const { DegeneracyDetector } = require("@qsc/degeneracy");
     const { judgePredictions } = require("@qsc/violations");
     const { failClosed } = require("@qsc/fail-closed");
     test("finds a frozen model", async () => {
       const detector = new DegeneracyDetector();
       const frozen = Array.from({ length: 300 }, () => ({ label: "spam", confidence: 0.61 }));
       for (const { label, confidence } of frozen) detector.observe(label, confidence);
       expect(detector.state).toBe("degenerate");
       const { verdict } = await judgePredictions(frozen, { labels: { acting: ["spam", "ham"], abstaining: [] } });
       expect(verdict).toBe("fail");
       const model = failClosed({ name: "m", labels: ["spam", "ham"], features: ["f"], predict: () => ({ label: "spam", confidence: 2 }) });
       expect((await model.predict({ features: { f: 1 } })).reason).toBe("output_invalid");
     });\n`,
  );
  await project.succeed(["jest", "--ci"]);
}

/** @param {string} what @param {string} found @param {string} expected */
function requireSame(what, found, expected) {
  if (found !== expected) throw new Error(`${what} printed:\n${found}\nexpected was:\n${expected}`);
}
