import { ended, Patience, type Subject } from "../lifecycle/settle.js";
import { pause } from "../pause.js";
import type { UnitState } from "../port.js";
import { isAlive, signalProcess, signalSession } from "./process-id.js";
import { writeJson } from "./state-files.js";
import { fileOf, isLive, look, lookAt, type Ended, type UnitGeneration } from "./unit-process.js";

const POLL_MS = 20;

/** Asks a unit's process to end, has it killed if it does not, and resolves with the state once it has ended. */
export async function stopUnit(subject: Subject, place: string, timeoutMs: number): Promise<UnitState> {
  const patience = new Patience(timeoutMs);
  let sight = look(place);
  for (; sight.phase.name === "starting" && patience.leftMs > 0; sight = look(place)) await pause(POLL_MS);
  if (sight.generation !== null && isLive(sight)) {
    if (sight.supervisor !== null && isAlive(sight.supervisor)) signalProcess(sight.supervisor, "SIGTERM");
    else await stopOrphan(sight.generation, timeoutMs);
  }
  return await ended(subject, patience);
}

/** Stops a process whose supervisor was killed. */
async function stopOrphan(generation: UnitGeneration, timeoutMs: number): Promise<void> {
  const { phase } = lookAt(generation);
  if (phase.name !== "running" && phase.name !== "stopping") return;
  const { main } = phase;
  if (main === null) return;
  signalSession(main, "SIGTERM");
  const patience = new Patience(Math.min(timeoutMs, generation.start.what.stopSeconds * 1_000));
  while (isAlive(main) && patience.leftMs > 0) await pause(POLL_MS);
  const isKilled = isAlive(main);
  // Also kills what is left of its session.
  signalSession(main, "SIGKILL");
  while (isAlive(main)) await pause(POLL_MS);
  const end: Ended = isKilled
    ? { result: "timeout", detail: "killed, as it did not end when asked" }
    : { result: "success", detail: "ended when asked; its exit status is unknown" };
  writeJson(fileOf(generation, "ended"), end);
}
