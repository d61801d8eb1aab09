import { QscError, type Policy } from "@qsc/contract";
import { DEFAULT_POLICY } from "@qsc/violations";
import type { OperationContext } from "../../../src/operation/context.js";
import type { Clock } from "../../../src/host/clock.js";
import { canaryPaths } from "../../../src/operation/context.js";
import type { Lock } from "../../../src/host/lock.js";
import { Effects, type Encounter, type Fault, type Observer } from "./effects.js";
import { filesOf } from "./files.js";
import type { Machine } from "./machine.js";
import { servicesOf } from "./services.js";
import { openTelemetry } from "./telemetry.js";

export const UNIT = "engine.service";
export const PATHS = canaryPaths("/work");
export const SETTINGS = { unit: UNIT, workdir: "/work", source: "model:" };
/** Half a dozen events are enough here, so that a point takes milliseconds. */
export const POLICY: Policy = { ...DEFAULT_POLICY, minEvents: { collection: 3, canary: 6 } };

/** The user that acts without being root. */
export const ACCOUNT = { uid: 999, gid: 998 };

const RETRY_MS = 500;

/** A fault that is planted into every process: its view of the world is wrong. */
export type Plant = (context: OperationContext, machine: Machine) => OperationContext;

/** One command that runs on a machine. */
export class Process {
  readonly effects: Effects;
  readonly context: OperationContext;

  constructor(
    machine: Machine,
    options: {
      readonly fault?: Fault | null;
      readonly encounter?: Encounter | null;
      readonly records?: boolean;
      readonly onStage?: () => void;
      readonly observer?: Observer | null;
      readonly plant?: Plant;
    } = {},
  ) {
    this.effects = new Effects(machine, options);
    const { effects } = this;
    machine.commands += 1;
    const context: OperationContext = {
      unit: UNIT,
      services: servicesOf(machine, effects),
      systemctl: "systemctl",
      files: filesOf(machine, effects),
      clock: clockOf(machine, effects),
      workdir: "/work",
      paths: PATHS,
      lock: lockOf(machine, effects, "act"),
      watchLock: lockOf(machine, effects, "watch"),
      judgement: {
        policy: POLICY,
        policySource: "model",
        unit: UNIT,
        host: "model",
        toolVersion: "0",
        now: () => effects.sees(machine.nowMs),
      },
      user: "operator",
      owner: () => Promise.resolve("operator"),
      operation: `operation-${machine.commands}`,
      openSource: () => openTelemetry(machine, effects),
      telemetry: { source: "model:", stream: "stream" },
      settings: SETTINGS,
      accountOf: (user) => effects.take("accountOf", [], () => (user === "qsc" ? ACCOUNT : null)),
      program: ["/usr/bin/node", "/usr/bin/qsc"],
    };
    this.context = options.plant?.(context, machine) ?? context;
  }
}

function clockOf(machine: Machine, effects: Effects): Clock {
  return {
    now: () => effects.sees(machine.nowMs),
    monotonic: () => effects.sees(machine.monotonicMs),
    boot: () =>
      effects.take("clock.boot", [], () => ({
        id: `host-boot-${machine.bootNumber}`,
        uptimeSeconds: machine.uptimeSeconds,
      })),
    sleep: (ms, signal) =>
      effects.alive(
        new Promise((resolve) => {
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
        }),
      ),
  };
}

function lockOf(machine: Machine, effects: Effects, name: string): Lock {
  const free = (): void => {
    if (machine.locks.get(name) === effects) machine.locks.delete(name);
  };
  return {
    acquire: async (waitMs) => {
      const until = machine.monotonicMs + waitMs;
      for (;;) {
        const take = (): void => {
          if (!machine.locks.has(name)) machine.locks.set(name, effects);
        };
        const isOurs = await effects.take("lock.acquire", [take], () => machine.locks.get(name) === effects);
        if (isOurs) return () => effects.take("lock.release", [free], () => undefined);
        if (machine.monotonicMs >= until)
          throw new QscError(
            "canary_locked",
            "Another command acts on engine.service now; wait until it has ended, or stop it.",
          );
        await effects.alive(
          new Promise<void>((resolve) => {
            machine.sleepUntil(machine.monotonicMs + RETRY_MS, effects, resolve);
          }),
        );
      }
    },
  };
}
