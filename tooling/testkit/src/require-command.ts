import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import type { Requirement } from "./requirement.js";

/**
 * Commands of this machine, for `describeRequiring`: the path of the first. If one is missing, the suite is skipped by
 * name, except in CI, where a suite that could not run is an error.
 */
export function requireCommands(first: string, ...others: readonly string[]): Requirement {
  const missing = [first, ...others].filter((command) => find(command) === undefined);
  const path = find(first);
  if (missing.length === 0 && path !== undefined) return { path };
  if (process.env["CI"] === "true") throw new Error(`${missing.join(", ")} missing, and CI=true allows no skip`);
  return { missing: `${missing.join(", ")} missing` };
}

/** QSC_MISSING lists what `npm test` could not install. A run of vitest alone checks for itself. */
function find(command: string): string | undefined {
  if ((process.env["QSC_MISSING"] ?? "").split(",").includes(command)) return undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}
