import type { StopRules, UnitState } from "../port.js";
import type { UnitFiles } from "./definition.js";
import type { Phase, Observation } from "./unit-process.js";

type Words = Pick<UnitState, "active" | "sub" | "result">;

/** The phases of a process in systemd's words. */
const WORDS: Readonly<Record<Exclude<Phase["name"], "ended">, Words>> = {
  none: { active: "inactive", sub: "dead", result: "success" },
  starting: { active: "activating", sub: "start", result: "success" },
  running: { active: "active", sub: "running", result: "success" },
  stopping: { active: "deactivating", sub: "stop-sigterm", result: "success" },
  lost: { active: "failed", sub: "failed", result: "lost" },
};

/** A unit as its files and its newest start describe it. */
export function unitStateOf(
  unit: string,
  { fragment, dropIns, found }: UnitFiles,
  { phase, generation, supervisor }: Observation,
): UnitState {
  const main = "main" in phase ? phase.main : null;
  const startedUs = supervisor?.startedUs ?? null;
  return {
    unit,
    load: found.load,
    ...wordsOf(phase),
    mainPid: main?.pid ?? null,
    invocationId: generation?.start.invocationId ?? null,
    startedUs,
    activeSinceUs: startedUs,
    environment: found.load === "loaded" ? found.definition.environment : new Map(),
    dropIns,
    fragment: found.load === "not-found" ? null : fragment,
    environmentFiles: [],
    passEnvironment: [],
    unsetEnvironment: [],
    stop: found.load === "loaded" ? stopRules(found.definition.stopSeconds) : null,
    needsReload: false,
  };
}

/** SIGTERM to the whole process group, then SIGKILL when the time is up. */
function stopRules(seconds: number): StopRules {
  return {
    timeoutMs: seconds * 1000,
    onTimeout: "terminate",
    abortMs: seconds * 1000,
    killMode: "control-group",
    killSignal: 15,
    sendsLastSignal: true,
    lastSignal: 9,
    stopCommands: 0,
    postCommands: 0,
  };
}

function wordsOf(phase: Phase): Words {
  if (phase.name !== "ended") return WORDS[phase.name];
  const result = phase.ended?.result ?? "success";
  return result === "success" ? WORDS.none : { active: "failed", sub: "failed", result };
}
