import { CANARY_VARIABLES } from "./drop-in.js";
import type { CanaryWorld } from "./world.js";

/**
 * Which of a canary's variables a process of this host was started with, by name. None also where that cannot be told:
 * where the process is another user's, or another host's. Then its telemetry alone tells.
 */
export async function processVariables({ files, settings }: Pick<CanaryWorld, "files" | "settings">, pid: number | null): Promise<readonly string[]> {
  if (pid === null || settings["host"] !== undefined) return [];
  const environment = (await files.read(`/proc/${pid}/environ`).catch(() => null)) ?? "";
  const names = new Set(environment.split("\0").map((each) => each.split("=", 1)[0]));
  return CANARY_VARIABLES.filter((name) => names.has(name));
}
