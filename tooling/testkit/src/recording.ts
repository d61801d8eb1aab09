import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Requirement } from "./requirement.js";

/** The root of the working copy, with a trailing slash. */
export const repositoryRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

const fromRoot = "../shared/data/trade-intent-2025-11-22.ndjson";

/** The path of the recorded telemetry; undefined if it is absent. It is not part of the product. */
export function recording(): string | undefined {
  const requirement = recordingOrSkip();
  return "path" in requirement ? requirement.path : undefined;
}

/**
 * The recorded telemetry as a requirement for `describeRequiring`. If it is absent, the suite is skipped by name, even
 * in CI.
 */
export function recordingOrSkip(): Requirement {
  const path = fileURLToPath(new URL(fromRoot, new URL("../../../", import.meta.url)));
  return existsSync(path) ? { path } : { missing: `the recording ${fromRoot} is absent` };
}
