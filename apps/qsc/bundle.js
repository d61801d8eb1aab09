// Bundles the command line: `node bundle.js`, after `tsc -b`. Loading some 600 modules one by one took longer than most
// commands. What others publish stays as it is installed; only zod, 90 modules, is part of nearly every command.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const packages = "../../packages";
const consoleApp = "../console/dist";
/** Not seen among the imports: loaded with `require`. */
const REQUIRED = ["ioredis"];
/** An import that binds nothing is for the effects of a module: none here has any, and a command would load it in vain. */
const FOR_EFFECTS = /^import "[^"]+";\n/gm;

const bundle = await rolldown({
  // The same bundle wherever this is run.
  cwd: path("."),
  platform: "node",
  input: {
    main: path("dist/main.js"),
    // They run as a thread, a process, a program and in a browser: `imports` in package.json names these files.
    console: path(`${consoleApp}/run.js`),
    judge: path("../judge/dist/run.js"),
    "onnx-worker": path(`${packages}/fail-closed/dist/onnx/worker.js`),
    "page-script": path(`${consoleApp}/page/script.js`),
    "part-thread": path(`${packages}/rollout/dist/judge/part-thread.js`),
    supervisor: path(`${packages}/systemd/dist/child/supervisor.js`),
  },
  external: [/^node:/, /^(?!@qsc\/|zod$|zod\/|#sha256$|#host$|[./])/],
});
const { output } = await bundle.generate({ format: "esm", hashCharacters: "hex" });
const files = output.filter((file) => file.type === "chunk");
requireDependencies(files.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]));

// No file is ever half written. A command that judges meanwhile may still miss one that it has not loaded yet; one that
// acts has loaded all that it needs.
const whole = mkdtempSync(path("bundle-"));
for (const { fileName, code } of files) writeFileSync(join(whole, fileName), code.replaceAll(FOR_EFFECTS, ""));
copyFileSync(path(`${packages}/contract/node_modules/zod/LICENSE`), join(whole, "third-party-zod.txt"));
chmodSync(whole, 0o755);
rmSync(path("bundle"), { recursive: true, force: true });
renameSync(whole, path("bundle"));

await writeManual();

/** The manual page, from the tables that the command line is made of. */
async function writeManual() {
  const [{ manPage }, { described }, { COMMANDS }] = await Promise.all([
    import("./dist/help/man-page.js"),
    import("./dist/help/described.js"),
    import("./dist/commands/table.js"),
  ]);
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(path("package.json"), "utf8"));
  mkdirSync(path("man"), { recursive: true });
  writeFileSync(path("man/qsc.1"), manPage(described(COMMANDS), version));
}

/**
 * What is not in the bundle is installed with it, and nothing else is.
 * @param {readonly string[]} imported
 */
function requireDependencies(imported) {
  const own = new Set(files.map(({ fileName }) => fileName));
  const others = imported.filter((name) => !name.startsWith("node:") && !own.has(name)).map(packageOf);
  const needed = [...new Set([...REQUIRED, ...others])].sort().join(", ");
  /** @type {{ dependencies: Record<string, string>, peerDependencies: Record<string, string> }} */
  const manifest = JSON.parse(readFileSync(path("package.json"), "utf8"));
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    .sort()
    .join(", ");
  if (needed !== declared)
    throw new Error(`The bundle needs ${needed}; the dependencies in package.json are ${declared}. Change them.`);
}

/** @param {string} specifier */
function packageOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
