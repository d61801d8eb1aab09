import { CANARY_VARIABLES } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";

/**
 * The names of a canary's variables that a process of this host was started with. Empty also if that cannot be read, as
 * for another user's or another host's process: then only its telemetry shows what it serves.
 */
export async function processVariables(
  { files, settings }: Pick<OperationContext, "files" | "settings">,
  pid: number | null,
): Promise<readonly string[]> {
  if (pid === null || settings["host"] !== undefined) return [];
  const environment = (await files.read(`/proc/${pid}/environ`).catch(() => null)) ?? "";
  const names = new Set(environment.split("\0").map((each) => each.split("=", 1)[0]));
  return Object.values(CANARY_VARIABLES).filter((name) => names.has(name));
}
