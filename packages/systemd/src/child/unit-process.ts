import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { mainOf, newest, type Generation } from "./generation.js";
import { isAlive, type ProcessId } from "./process-id.js";
import { readJson } from "./state-files.js";

/** What a unit's process is started with. */
export interface Launch {
  readonly unit: string;
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stopSeconds: number;
}

export type UnitGeneration = Generation<Launch>;

/** What a supervisor records about itself before it starts anything. */
export interface Supervisor extends ProcessId {
  /** Microseconds since 1970 UTC. */
  readonly startedUs: number;
}

/** How a unit's process ended, in systemd's words. */
export interface Ended {
  readonly result: "success" | "exit-code" | "signal" | "timeout" | "resources";
  /** For an operator: `exit code 3`. */
  readonly detail: string;
}

/** The phase of a unit's process. `lost`: it has ended, and nothing recorded how. */
export type Phase =
  | { readonly name: "none" | "starting" | "lost" }
  | { readonly name: "running" | "stopping"; readonly main: ProcessId | null }
  | { readonly name: "ended"; readonly ended: Ended | null };

/** A unit's newest start at one moment, from its files and the kernel. */
export interface Observation {
  readonly generation: UnitGeneration | null;
  readonly supervisor: Supervisor | null;
  readonly phase: Phase;
}

const FILES = {
  supervisor: "supervisor.json",
  stopping: "stopping.json",
  ended: "ended.json",
  forgotten: "forgotten.json",
};

export function fileOf({ path }: UnitGeneration, name: keyof typeof FILES): string {
  return join(path, FILES[name]);
}

/** The current state of a unit's newest start. */
export function look(place: string): Observation {
  const generation = newest<Launch>(place);
  return generation === null ? { generation, supervisor: null, phase: { name: "none" } } : lookAt(generation);
}

/** The current state of one start. */
export function lookAt(generation: UnitGeneration): Observation {
  const supervisor = readJson(fileOf(generation, "supervisor")) as Supervisor | null;
  return { generation, supervisor, phase: phaseOf(generation, supervisor) };
}

/** Whether any of its processes runs or is about to. */
export function isLive({ phase }: Observation): boolean {
  return phase.name === "starting" || phase.name === "running" || phase.name === "stopping";
}

/** Forgets that a start has failed. Needs no disk space. */
export function forget({ generation, phase }: Observation): void {
  if (generation === null) return;
  if (phase.name === "ended" && phase.ended !== null)
    renameSync(fileOf(generation, "ended"), fileOf(generation, "forgotten"));
  if (phase.name === "lost") closeSync(openSync(fileOf(generation, "forgotten"), "a", 0o600));
}

function phaseOf(generation: UnitGeneration, supervisor: Supervisor | null): Phase {
  const main = mainOf(generation);
  const isSupervised = supervisor !== null && isAlive(supervisor);
  if (main !== null && isAlive(main)) {
    const isStopping = readJson(fileOf(generation, "stopping")) !== null;
    return { name: isStopping ? "stopping" : "running", main };
  }
  const end = endOf(generation);
  if (end !== null) return end;
  if (isSupervised) return main === null ? { name: "starting" } : { name: "stopping", main: null };
  if (supervisor === null && isAlive(generation.start.starter)) return { name: "starting" };
  // It may have written its result between the two reads.
  return endOf(generation) ?? { name: "lost" };
}

function endOf(generation: UnitGeneration): Phase | null {
  const ended = readJson(fileOf(generation, "ended")) as Ended | null;
  if (ended !== null) return { name: "ended", ended };
  return existsSync(fileOf(generation, "forgotten")) ? { name: "ended", ended: null } : null;
}
