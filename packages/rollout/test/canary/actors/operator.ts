import { isPromoted } from "../model/life.js";
import type { Machine } from "../model/machine.js";
import { PATHS, Process } from "../model/process.js";
import { takingBack } from "../model/scenarios.js";
import type { Actor } from "./actor.js";

const operator = (name: string, acts: Actor["acts"], others: Partial<Actor> = {}): Actor => ({
  name,
  class: "an operator",
  acts,
  ...others,
});

function restart(machine: Machine): void {
  machine.stop();
  if (!machine.isMasked) machine.start();
}

function reloadEvery(machine: Machine, ms: number): void {
  machine.reload();
  machine.sleepUntil(machine.monotonicMs + ms, machine.reloads, () => {
    reloadEvery(machine, ms);
  });
}

/** What an operator may do to the engine's unit. */
export const OF_THE_UNIT: readonly Actor[] = [
  operator("stops the engine", (machine) => {
    machine.stop();
  }),
  operator("restarts the engine", restart),
  operator(
    "masks the engine",
    (machine) => {
      machine.isMasked = true;
    },
    {
      ends: (machine) => {
        machine.isMasked = false;
      },
    },
  ),
  operator("reloads", (machine) => {
    machine.reload();
  }),
  operator(
    "reloads every 5 s",
    (machine) => {
      reloadEvery(machine, 5000);
    },
    {
      ends: (machine) => {
        machine.forget(machine.reloads);
      },
    },
  ),
  operator(
    "adds a later drop-in with other weights, and reloads",
    (machine) => {
      machine.foreignDropIn = new Map([["QSC_CANARY_WEIGHTS", '{"xgb":0.1,"lightgbm":0.1,"patchtst":0.8}']]);
      machine.reload();
    },
    {
      ends: (machine) => {
        machine.foreignDropIn = null;
        machine.reload();
      },
    },
  ),
  operator(
    "edits the canary's drop-in, reloads and restarts",
    (machine) => {
      if (machine.dropIn === null) return;
      machine.dropIn = new Map([
        ...machine.dropIn,
        ["QSC_CANARY_WEIGHTS", '{"xgb":0.1,"lightgbm":0.1,"patchtst":0.8}'],
      ]);
      machine.reload();
      restart(machine);
      // What serves is not what was judged.
      if (!isPromoted(machine)) machine.life.violated(machine.monotonicMs);
    },
    { isWatched: true },
  ),
  operator("removes the drop-in and reloads", (machine) => {
    machine.dropIn = null;
    machine.reload();
  }),
];

/** What an operator may do during a command. */
export const OF_THE_CANARY: readonly Actor[] = [
  operator("rolls back", (machine) => {
    void takingBack(new Process(machine).context).catch(() => undefined);
  }),
  operator("removes the state", (machine) => {
    machine.disk.remove(PATHS.state);
  }),
  operator(
    "removes the audit log",
    (machine) => {
      machine.disk.remove(PATHS.audit);
    },
    { breaksLog: true },
  ),
  operator("removes the lease", (machine) => {
    machine.disk.remove(PATHS.lease);
  }),
];
