import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";

import { root } from "../bootstrap/root.js";
import { probeSetup } from "./reach.js";

/**
 * Properties are tried with the same values each time, so that the same mutants die. Counterexamples are not shrunk.
 */
const SETUP = `import fc from "fast-check";
fc.configureGlobal({ seed: 1, endOnFailure: true });
`;

/**
 * A throw-away copy of a package's source and tests, with the dependencies of the original: a place to break things.
 * What happens to the original meanwhile does not matter. `reached` is the directory for what the probes say.
 *
 * @typedef {{
 *   readonly directory: string,
 *   readonly tests: readonly string[],
 *   readonly setup: readonly string[],
 *   readonly reached: string,
 *   readonly restore: (file: string) => void,
 *   readonly remove: () => void,
 * }} Sandbox
 */

/** @param {string} packageDirectory @returns {Sandbox} */
export function makeSandbox(packageDirectory) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "qsc-mutation-")));
  const remove = () => {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", remove);
  // As deep as the original, so that the root's dependencies are found above and the package's own beside it.
  const directory = join(home, "packages", "mutated");
  mkdirSync(directory, { recursive: true });
  for (const part of ["package.json", "src", "test"]) {
    cpSync(join(packageDirectory, part), join(directory, part), { recursive: true });
  }
  cpSync(join(directory, "src"), join(home, "pristine", "src"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  const own = join(packageDirectory, "node_modules");
  const reached = join(home, "reached");
  const setup = [join(directory, "mutation-probes.js")];
  writeFileSync(join(directory, "mutation-probes.js"), probeSetup(reached));
  if (readdirSync(packageDirectory).includes("node_modules")) {
    symlinkSync(own, join(directory, "node_modules"));
    if (readdirSync(own).includes("fast-check")) {
      setup.push(join(directory, "mutation-setup.js"));
      writeFileSync(join(directory, "mutation-setup.js"), SETUP);
    }
  }
  const tests = readdirSync(join(directory, "test"), { recursive: true, encoding: "utf8" })
    .map((name) => `test/${name.replaceAll(sep, "/")}`)
    .filter((name) => name.endsWith(".test.ts"));
  return {
    directory,
    setup,
    tests,
    reached,
    restore(file) {
      cpSync(join(home, "pristine", file), join(directory, file));
    },
    remove() {
      process.off("exit", remove);
      remove();
    },
  };
}
