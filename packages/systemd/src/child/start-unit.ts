import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Patience } from "../lifecycle/settle.js";
import { pause } from "../pause.js";
import { ServiceError } from "../service-error.js";
import type { Definition } from "./definition.js";
import { startDetached } from "./detached.js";
import { inheritedEnvironment } from "./environment.js";
import { abandon, claim, prune } from "./generation.js";
import { readText, writeJson } from "./state-files.js";
import { fileOf, isLive, look, lookAt, type Ended, type Launch, type UnitGeneration } from "./unit-process.js";

/** Named in `imports` of package.json, also of a program that bundles this package. */
const SUPERVISOR = createRequire(import.meta.url).resolve("#supervisor");
const POLL_MS = 10;

/**
 * Starts the process of a stopped unit. Resolves once it runs or has already ended.
 * @param place where the unit's starts are recorded
 * @throws QscError `service_failed` if another process starts it at the same time, `service_timeout`
 */
export async function startUnit(
  place: string,
  unit: string,
  directory: string,
  definition: Definition,
  patience: Patience,
): Promise<void> {
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
    throw new ServiceError(
      "service_failed",
      `${unit} cannot be started again: a process of another start is running. Stop it first.`,
      { unit },
    );
  }
  await supervise(generation, patience);
  prune(place);
}

async function supervise(generation: UnitGeneration, patience: Patience): Promise<void> {
  const said = join(generation.path, "supervisor.err");
  const errors = openSync(said, "a", 0o600);
  const end = startDetached([process.execPath, SUPERVISOR, generation.path], {
    environment: inheritedEnvironment(),
    stderr: errors,
  });
  closeSync(errors);
  while (lookAt(generation).phase.name === "starting") {
    // Only this process knows. Unless it says so, the unit would look like it is starting for as long as this process
    // lives.
    const gone = end();
    if (gone !== null) {
      if (lookAt(generation).phase.name !== "starting") return;
      const detail = `The supervisor of the process cannot be started: ${gone} ${readText(said)?.trim() ?? ""}`.trim();
      writeJson(fileOf(generation, "ended"), { result: "resources", detail } satisfies Ended);
      return;
    }
    if (patience.leftMs <= 0) {
      const { unit } = generation.start.what;
      throw new ServiceError(
        "service_timeout",
        `${unit} did not come up within ${patience.timeoutMs} ms. See ${generation.path}; it may still come up by itself.`,
        { unit },
      );
    }
    await pause(POLL_MS);
  }
}
