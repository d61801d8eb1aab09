// Checks what would be published: packs every public package, looks into that tarball, and passes it to publint and attw.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { run } from "../bootstrap/run.js";
import { faultsOfPackage } from "./faults.js";
import { publicPackages } from "./public-packages.js";

/** @typedef {import("./faults.js").Manifest} Manifest */

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
  const faults = faultsOfPackage(manifest, await filesIn(tarball));
  console.log(faults.length === 0 ? `${manifest.name}: ok` : `${manifest.name}:\n  ${faults.join("\n  ")}`);
  return faults.length === 0;
}

/**
 * The files of a tarball, by their path in the package.
 *
 * @param {string} tarball
 */
async function filesIn(tarball) {
  const directory = tarball.replace(/\.tgz$/, "");
  mkdirSync(directory);
  const { code, output } = await run("tar", ["-xzf", tarball, "-C", directory, "--strip-components=1"], {
    output: "quiet",
  });
  if (code !== 0) throw new Error(`tar could not read ${tarball}: ${output}`);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(directory, path), readFileSync(path, "utf8")];
    }),
  );
}

const into = mkdtempSync(join(tmpdir(), "qsc-packages-"));
const results = await Promise.all(publicPackages().map(({ directory, manifest }) => check(directory, manifest, into)));
rmSync(into, { recursive: true });
process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
