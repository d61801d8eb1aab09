import { QscError } from "@qsc/contract";
import type { Guard, ServiceManager, UnitState } from "@qsc/systemd";
import type { Effects } from "./effects.js";
import type { Machine } from "./machine.js";

/** The unit that watches, as opposed to the engine's. */
export const WATCH_UNIT = "qsc-monitor.service";

/** The names of the guards that root runs. */
const FALLBACK = "qsc-fallback-";

/** How often a stop checks whether the process has ended, in milliseconds. */
const LOOK_MS = 1000;

/** The machine's manager, as a process sees it. */
export function servicesOf(machine: Machine, effects: Effects): ServiceManager {
  const state = (unit: string): UnitState =>
    unit === WATCH_UNIT ? { ...stateOf(machine, unit), active: "active" } : stateOf(machine, unit);
  return {
    label: "model",
    managerEnvironment: () => effects.take("services.managerEnvironment", [], () => new Map<string, string>()),
    dropInPath: (unit, name) => `/etc/systemd/system/${unit}.d/${name}`,
    state: (unit) => effects.take("services.state", [], () => state(unit)),
    readDropIn: () => effects.take("services.readDropIn", [], () => machine.dropIn),
    writeDropIn: (_unit, _name, environment) =>
      effects.take(
        "services.writeDropIn",
        [
          () => {
            machine.dropIn = environment;
          },
        ],
        () => undefined,
      ),
    removeDropIn: () =>
      effects.take(
        "services.removeDropIn",
        [
          () => {
            machine.dropIn = null;
          },
        ],
        () => undefined,
      ),
    reload: () =>
      effects.take(
        "services.reload",
        [
          () => {
            machine.reload();
          },
        ],
        () => undefined,
      ),
    resetFailed: () => effects.take("services.resetFailed", [], () => undefined),
    stop: async (unit, timeoutMs) => {
      if (unit === WATCH_UNIT) return effects.take("services.stop", [], () => state(unit));
      if (machine.stopMs > 0) await slowStop(machine, effects, timeoutMs);
      return effects.take(
        "services.stop",
        [
          () => {
            machine.stop();
          },
        ],
        () => state(unit),
      );
    },
    start: (unit) =>
      effects.take(
        "services.start",
        unit === WATCH_UNIT
          ? []
          : [
              () => {
                machine.start();
              },
            ],
        () => state(unit),
      ),
    kill: () =>
      effects.take(
        "services.kill",
        [
          () => {
            machine.kill();
          },
        ],
        () => undefined,
      ),
    leftovers: () => effects.take("services.leftovers", [], () => machine.leftovers.map(({ pid }) => pid)),
    journal: () => {
      throw new QscError("internal", "no journal is read here");
    },
    armGuard: (guard) => {
      const stages = guard.name.startsWith(FALLBACK)
        ? [(): void => void machine.rootsGuards.add(guard.name)]
        : arming(machine, guard);
      return effects.take("services.armGuard", stages, () => undefined);
    },
    disarmGuard: () => effects.take("services.disarmGuard", disarming(machine, effects), () => undefined),
    guardState: (name) =>
      effects.take("services.guardState", [], () => (name.startsWith(FALLBACK) ? "armed" : machine.guardState())),
  };
}

/** Like `armGuard`: an identical guard is left as it is. */
function arming(machine: Machine, wanted: Guard): readonly (() => void)[] {
  const { guard } = machine;
  const equal = [guard.service, guard.timer].every((unit) => JSON.stringify(unit) === JSON.stringify(wanted));
  if (equal && machine.guardState() === "armed") return [];
  return [
    () => {
      guard.service = wanted;
    },
    () => {
      guard.timer = wanted;
    },
    () => {
      guard.enabled = true;
    },
    () => {
      machine.startGuard();
    },
  ];
}

/** Like `disarmGuard`: another run that is under way ends, but not the caller's. */
function disarming(machine: Machine, effects: Effects): readonly (() => void)[] {
  const { guard, guardRun } = machine;
  return [
    () => {
      guard.running = false;
    },
    () => {
      guard.enabled = false;
    },
    () => {
      guard.timer = null;
    },
    () => {
      guard.service = null;
    },
    () => {
      if (guardRun !== null && guardRun.kill !== effects.kill) guardRun.kill();
    },
  ];
}

function stateOf(machine: Machine, unit: string): UnitState {
  const { engine, unit: active, loaded } = machine;
  return {
    unit,
    load: machine.isMasked ? "masked" : "loaded",
    active,
    sub: active === "active" ? "running" : "dead",
    result: active === "failed" ? "exit-code" : "success",
    mainPid: engine?.pid ?? null,
    invocationId: engine?.boot ?? null,
    startedUs: engine === null ? null : engine.startedMs * 1000,
    activeSinceUs: engine === null ? null : engine.startedMs * 1000,
    environment: loaded ?? new Map<string, string>(),
    dropIns: loaded === null ? [] : ["canary_weights.conf"],
    fragment: `/etc/systemd/system/${unit}`,
    environmentFiles: [],
    passEnvironment: [],
    unsetEnvironment: [],
    stop: {
      timeoutMs: 10_000,
      onTimeout: "terminate",
      abortMs: 10_000,
      killMode: machine.leavesProcesses ? "process" : "control-group",
      killSignal: 15,
      sendsLastSignal: true,
      lastSignal: 9,
      stopCommands: 0,
      postCommands: 0,
    },
    needsReload: false,
  };
}

/** An engine that is slow to stop: it keeps serving, whatever becomes of the command that stops it. */
async function slowStop(machine: Machine, effects: Effects, timeoutMs: number): Promise<void> {
  if (machine.engine === null) return;
  machine.stoppedAtMs ??= machine.monotonicMs + machine.stopMs;
  const endsMs = machine.stoppedAtMs;
  const { engine } = machine;
  machine.sleepUntil(endsMs, machine, () => {
    machine.stoppedAtMs = null;
    if (machine.engine === engine) machine.stop();
  });
  const waited = Math.min(endsMs, machine.monotonicMs + timeoutMs);
  const hasEnded = (): boolean => machine.engine !== engine;
  while (!hasEnded() && machine.monotonicMs < waited) {
    const lookMs = Math.min(waited, machine.monotonicMs + LOOK_MS);
    await effects.alive(
      new Promise<void>((resolve) => {
        machine.sleepUntil(lookMs, effects, resolve);
      }),
    );
  }
  if (!hasEnded() && waited < endsMs)
    throw new QscError("service_timeout", `engine.service did not stop within ${timeoutMs / 1000} s.`);
}
