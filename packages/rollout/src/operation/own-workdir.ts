import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { requireOwnFiles } from "../host/own-files.js";
import type { CanaryPaths } from "./context.js";

/**
 * Refuses a working directory whose state, log or settings another user could have written. Not for a rollback: it
 * needs none of them, and nothing may block it.
 * @throws QscError `file_failed`, naming the path and who could write to it
 */
export async function requireOwnWorkdir(paths: CanaryPaths): Promise<void> {
  const all = Object.values<string>({ ...paths });
  for (const directory of new Set(all.map((path) => dirname(path)))) {
    if (!existsSync(directory)) continue;
    await requireOwnFiles(
      directory,
      all.filter((path) => dirname(path) === directory).map((path) => basename(path)),
    );
  }
}
