import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Patience } from "../lifecycle/settle.js";
import { pause } from "../pause.js";
import { ServiceError } from "../service-error.js";
import type { Definition } from "./definition.js";
import { startDetached } from "./detached.js";
import { inheritedEnvironment } from "./environment.js";
import { abandon, claim, prune } from "./generation.js";
import { readText, writeJson } from "./state-files.js";
import { fileOf, isLive, look, lookAt, type Ended, type Launch, type UnitGeneration } from "./unit-process.js";

/** Built beside this file; the same path from the sources. */
const SUPERVISOR = fileURLToPath(new URL("../../dist/child/supervisor.js", import.meta.url));
const POLL_MS = 10;

/**
 * Starts the process of a unit that does not run, and resolves when it runs or has ended already.
 * @param place where the unit's starts are written down
 * @throws QscError `service_failed` where another one starts it at the same time, `service_timeout`
 */
export async function startUnit(place: string, unit: string, directory: string, definition: Definition, patience: Patience): Promise<void> {
  const before = look(place).generation;
  const generation = claim<Launch>(place, before, {
    unit,
    command: definition.command,
    workingDirectory: definition.workingDirectory ?? directory,
    environment: { ...inheritedEnvironment(), ...Object.fromEntries(definition.environment) },
    stopSeconds: definition.stopSeconds,
  });
  if (before !== null && isLive(lookAt(before))) {
    abandon(generation);
    throw new ServiceError("service_failed", `${unit} cannot be started again: another start of it has come to life. Stop it first.`, { unit });
  }
  await supervise(generation, patience);
  prune(place);
}

async function supervise(generation: UnitGeneration, patience: Patience): Promise<void> {
  const said = join(generation.path, "supervisor.err");
  const errors = openSync(said, "a", 0o600);
  const end = startDetached([process.execPath, SUPERVISOR, generation.path], { environment: inheritedEnvironment(), stderr: errors });
  closeSync(errors);
  while (lookAt(generation).phase.name === "starting") {
    // Only this process can tell: where nothing says it, the unit would seem to start as long as this process lives.
    const gone = end();
    if (gone !== null) {
      if (lookAt(generation).phase.name !== "starting") return;
      const detail = `The supervisor of the process cannot be started: ${gone} ${readText(said)?.trim() ?? ""}`.trim();
      writeJson(fileOf(generation, "ended"), { result: "resources", detail } satisfies Ended);
      return;
    }
    if (patience.leftMs <= 0) {
      const { unit } = generation.start.what;
      throw new ServiceError("service_timeout", `${unit} has not come up after ${patience.timeoutMs} ms. Look into ${generation.path}; it may still come up by itself.`, { unit });
    }
    await pause(POLL_MS);
  }
}
