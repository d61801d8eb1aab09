import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hostClock } from "../../../src/canary/clock.js";
import { hostFiles } from "../../../src/canary/files.js";
import { canaryPaths, type CanaryWorld } from "../../../src/canary/world.js";
import { Machine } from "./machine.js";
import { Process, UNIT } from "./process.js";

/** A world with this host's own files and clock below a directory, where a shell finds `systemctl`; the rest is the model's. */
export async function hostWorld(path: string): Promise<{ readonly world: CanaryWorld; readonly dropIn: string }> {
  const dropIn = join(path, "units", `${UNIT}.d`, "canary_weights.conf");
  const model = new Process(new Machine()).world;
  await mkdir(dirname(dropIn), { recursive: true });
  const services = { ...model.services, dropInPath: () => dropIn };
  const world = { ...model, files: hostFiles, clock: hostClock, paths: canaryPaths(path), systemctl: join(path, "systemctl"), services };
  return { world, dropIn };
}
