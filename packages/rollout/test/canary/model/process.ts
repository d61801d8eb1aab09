import { QscError, type Policy } from "@qsc/contract";
import { DEFAULT_POLICY } from "@qsc/violations";
import type { Clock, CanaryWorld } from "../../../src/canary/world.js";
import { canaryPaths } from "../../../src/canary/world.js";
import type { Lock } from "../../../src/canary/lock.js";
import { Effects, type Encounter, type Fault } from "./effects.js";
import { filesOf } from "./files.js";
import type { Machine } from "./machine.js";
import { servicesOf } from "./services.js";
import { openTelemetry } from "./telemetry.js";

export const UNIT = "engine.service";
export const PATHS = canaryPaths("/work");
export const SETTINGS = { unit: UNIT, workdir: "/work", source: "model:" };
/** Half a dozen events are enough here, so that a point takes milliseconds. */
export const POLICY: Policy = { ...DEFAULT_POLICY, minEvents: { collection: 3, canary: 6 } };

const RETRY_MS = 500;

/** A fault that is planted into every process: what it gets of the world is wrong. */
export type Plant = (world: CanaryWorld, machine: Machine) => CanaryWorld;

/** One command that runs on a machine. */
export class Process {
  static #count = 0;
  readonly effects: Effects;
  readonly world: CanaryWorld;

  constructor(machine: Machine, options: { readonly fault?: Fault | null; readonly encounter?: Encounter | null; readonly records?: boolean; readonly onStage?: () => void; readonly plant?: Plant } = {}) {
    this.effects = new Effects(machine, options);
    const { effects } = this;
    Process.#count += 1;
    const world: CanaryWorld = {
      unit: UNIT,
      services: servicesOf(machine, effects),
      systemctl: "systemctl",
      files: filesOf(machine, effects),
      clock: clockOf(machine, effects),
      workdir: "/work",
      paths: PATHS,
      lock: lockOf(machine, effects, "act"),
      watchLock: lockOf(machine, effects, "watch"),
      setting: { policy: POLICY, policySource: "model", unit: UNIT, host: "model", toolVersion: "0", now: () => machine.nowMs },
      user: "operator",
      operation: `operation-${Process.#count}`,
      openSource: () => openTelemetry(machine, effects),
      telemetry: { source: "model:", stream: "stream" },
      settings: SETTINGS,
      program: ["/usr/bin/node", "/usr/bin/qsc"],
    };
    this.world = options.plant?.(world, machine) ?? world;
  }
}

function clockOf(machine: Machine, effects: Effects): Clock {
  return {
    now: () => machine.nowMs,
    monotonic: () => machine.monotonicMs,
    boot: () => effects.take("clock.boot", [], () => ({ id: `host-boot-${machine.bootNumber}`, uptimeSeconds: machine.uptimeSeconds })),
    sleep: (ms, signal) => effects.alive(new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        stop();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const stop = machine.sleepUntil(machine.monotonicMs + ms, effects, done);
      signal?.addEventListener("abort", done);
    })),
  };
}

function lockOf(machine: Machine, effects: Effects, name: string): Lock {
  const free = (): void => { if (machine.locks.get(name) === effects) machine.locks.delete(name); };
  return {
    acquire: async (waitMs) => {
      const until = machine.monotonicMs + waitMs;
      for (;;) {
        const take = (): void => { if (!machine.locks.has(name)) machine.locks.set(name, effects); };
        const isOurs = await effects.take("lock.acquire", [take], () => machine.locks.get(name) === effects);
        if (isOurs) return () => effects.take("lock.release", [free], () => undefined);
        if (machine.monotonicMs >= until) throw new QscError("canary_locked", "Another command acts on engine.service now; wait until it has ended, or stop it.");
        await effects.alive(new Promise<void>((resolve) => { machine.sleepUntil(machine.monotonicMs + RETRY_MS, effects, resolve); }));
      }
    },
  };
}
