import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hostClock } from "../../../src/host/clock.js";
import { hostFiles } from "../../../src/host/host-files.js";
import { canaryPaths, type OperationContext } from "../../../src/operation/context.js";
import { Machine } from "./machine.js";
import { Process, UNIT } from "./process.js";

/**
 * A context with this host's own files and clock below a directory, where a shell finds `systemctl`; the rest is
 * modelled.
 */
export async function hostContext(
  path: string,
): Promise<{ readonly context: OperationContext; readonly dropIn: string }> {
  const dropIn = join(path, "units", `${UNIT}.d`, "canary_weights.conf");
  const model = new Process(new Machine()).context;
  await mkdir(dirname(dropIn), { recursive: true });
  const services = { ...model.services, dropInPath: () => dropIn };
  const context = {
    ...model,
    files: hostFiles,
    clock: hostClock,
    paths: canaryPaths(path),
    systemctl: join(path, "systemctl"),
    services,
  };
  return { context, dropIn };
}
