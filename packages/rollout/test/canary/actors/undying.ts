import type { Machine } from "../model/machine.js";
import type { Actor } from "./actor.js";

/** Stops the process, as SIGSTOP does; a later SIGCONT resumes it. */
const frozen = (name: string, ms: number): Actor => ({
  name,
  class: "a process that does not die",
  acts: (machine, effects) => {
    effects.freeze();
    if (Number.isFinite(ms)) machine.sleepUntil(machine.monotonicMs + ms, machine, effects.thaw);
  },
});

/** Processes that neither continue nor end. */
export const FROZEN: readonly Actor[] = [
  frozen("is stopped for good, with its locks", Infinity),
  frozen("is stopped for 44 s", 44_000),
  frozen("is stopped for 303 s", 303_000),
];

const stoppedFor44s = frozen("is stopped for 44 s", 44_000);
const outlives = (machine: Machine): void => {
  machine.leavesProcesses = true;
};
const reset = (machine: Machine): void => {
  machine.leavesProcesses = false;
  machine.leftovers = [];
};

/** Engines that outlive their unit, because its KillMode= was changed. */
export const LINGERING: readonly Actor[] = [
  {
    name: "an engine whose process outlives its unit",
    class: "a process that does not die",
    acts: outlives,
    ends: reset,
  },
  {
    ...stoppedFor44s,
    name: "is stopped for 44 s, and the engine's process outlives its unit",
    acts: (machine, effects) => {
      outlives(machine);
      stoppedFor44s.acts(machine, effects);
    },
    ends: reset,
  },
];

/** Engines that are slow. */
export const SLOW: readonly Actor[] = [
  {
    name: "an engine that takes 25 s to stop",
    class: "a process that does not die",
    acts: (machine) => {
      machine.stopMs = 25_000;
    },
  },
  {
    name: "an engine that does not end when asked",
    class: "a process that does not die",
    acts: (machine) => {
      machine.stopMs = 3_600_000;
    },
    ends: (machine) => {
      machine.stopMs = 0;
    },
  },
  {
    ...frozen("is stopped for 44 s, beside an engine that takes 25 s to stop", 44_000),
    begins: (machine) => {
      machine.stopMs = 25_000;
    },
  },
];
