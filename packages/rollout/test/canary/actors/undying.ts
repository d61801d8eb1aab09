import type { Actor } from "./actor.js";

/** Stops the process, as by SIGSTOP; a later SIGCONT lets it go on. */
const frozen = (name: string, ms: number): Actor => ({
  name,
  class: "a process that does not die",
  acts: (machine, effects) => {
    effects.freeze();
    if (Number.isFinite(ms)) machine.sleepUntil(machine.monotonicMs + ms, machine, effects.thaw);
  },
});

/** Processes that neither go on nor end. */
export const FROZEN: readonly Actor[] = [
  frozen("is stopped for good, with its locks", Infinity),
  frozen("is stopped for 44 s", 44_000),
  frozen("is stopped for 303 s", 303_000),
];

/** Engines that take their time. */
export const SLOW: readonly Actor[] = [
  {
    name: "an engine that takes 25 s to stop",
    class: "a process that does not die",
    acts: (machine) => { machine.stopMs = 25_000; },
  },
  {
    ...frozen("is stopped for 44 s, beside an engine that takes 25 s to stop", 44_000),
    begins: (machine) => { machine.stopMs = 25_000; },
  },
];
