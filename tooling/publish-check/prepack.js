// Runs before a package is packed, in its directory: refuses to pack one that is not built, or whose sources are newer.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { faultOfBuild } from "./faults.js";

/** @type {import("./faults.js").Manifest} */
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const newest = Math.max(
  ...readdirSync("src", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
);
/** `tsc -b` writes it whenever it finds the build up to date or brings it there. @type {string} */
const buildInfo = join("dist", ".tsbuildinfo");
const builtMs = existsSync(buildInfo) ? statSync(buildInfo).mtimeMs : null;

const fault = faultOfBuild(manifest, (path) => existsSync(path), { builtMs, newestSourceMs: newest });
if (fault !== null) {
  console.error(`${manifest.name} is not packed: ${fault}. Run pnpm build first.`);
  process.exitCode = 1;
}
