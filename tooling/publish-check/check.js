// Checks what would be published: packs every public package and passes that tarball to publint and attw.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { run } from "../bootstrap/run.js";

/** @typedef {{ name: string, private?: boolean, exports?: Record<string, unknown> }} Manifest */

/** @returns {{ directory: string, manifest: Manifest }[]} */
function publicPackages() {
  return ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
    .map((directory) => ({
      directory,
      manifest: /** @type {Manifest} */ (JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"))),
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/**
 * @param {string} directory
 * @param {Manifest} manifest
 * @param {string} into
 */
async function check(directory, manifest, into) {
  const tarball = join(into, `${directory.replaceAll("/", "-")}.tgz`);
  const commands = [
    ["pnpm", "--dir", directory, "pack", "--out", tarball],
    ["node_modules/.bin/publint", "run", tarball, "--strict"],
  ];
  // attw checks the types of imports; a package with only a command has none.
  if (manifest.exports?.["."] !== undefined) {
    commands.push(["node_modules/.bin/attw", tarball, "--profile", "esm-only", "--no-emoji"]);
  }
  for (const [command = "", ...args] of commands) {
    const { code, output } = await run(command, args, { output: "quiet" });
    if (code === 0) continue;
    console.log(`${manifest.name}: ${command} failed\n${output}`);
    return false;
  }
  console.log(`${manifest.name}: ok`);
  return true;
}

const into = mkdtempSync(join(tmpdir(), "qsc-packages-"));
const results = await Promise.all(publicPackages().map(({ directory, manifest }) => check(directory, manifest, into)));
rmSync(into, { recursive: true });
process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
