import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";

/** @typedef {import("./faults.js").Manifest} Manifest */

/**
 * The packages that are published, by their directories.
 *
 * @returns {{ directory: string, manifest: Manifest }[]}
 */
export function publicPackages() {
  return ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
    .map((directory) => ({
      directory,
      manifest: /** @type {Manifest} */ (JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"))),
    }))
    .filter(({ manifest }) => manifest.private !== true);
}
