import { dropInsOf } from "../drop-ins.js";
import { assertGuard } from "../guard/assert.js";
import { assertGuardName, assertUnit } from "../names.js";
import type { ServiceManager } from "../port.js";
import { armGuard, disarmGuard, guardState } from "./guards.js";
import type { Host } from "./host.js";
import { readJournal } from "./journal.js";
import { leftovers } from "./leftovers.js";
import { kill, resetFailed, start, stop } from "./lifecycle.js";
import { managerEnvironment } from "./manager-environment.js";
import { systemctl } from "./systemctl.js";
import { readUnitState } from "./unit-state.js";

/** The port implemented on systemd. */
export function managerOn(host: Host): ServiceManager {
  return {
    label: host.label,
    ...dropInsOf(host.unitDirectory, host.files),
    state: async (unit) => {
      assertUnit(unit);
      return await readUnitState(host, unit);
    },
    managerEnvironment: () => managerEnvironment(host),
    reload: async () => {
      await systemctl(host, ["daemon-reload"], { doing: "Reloading the unit files failed" });
    },
    resetFailed: async (unit) => {
      assertUnit(unit);
      await resetFailed(host, unit);
    },
    stop: async (unit, timeoutMs) => {
      assertUnit(unit);
      return await stop(host, unit, timeoutMs);
    },
    start: async (unit, timeoutMs) => {
      assertUnit(unit);
      return await start(host, unit, timeoutMs);
    },
    kill: async (unit) => {
      assertUnit(unit);
      await kill(host, unit);
    },
    leftovers: async (unit) => {
      assertUnit(unit);
      return await leftovers(host, unit);
    },
    journal: async function* (unit, options) {
      assertUnit(unit);
      yield* readJournal(host, unit, options);
    },
    armGuard: async (guard) => {
      assertGuard(guard);
      await armGuard(host, guard);
    },
    disarmGuard: async (name) => {
      assertGuardName(name);
      await disarmGuard(host, name);
    },
    guardState: async (name) => {
      assertGuardName(name);
      return await guardState(host, name);
    },
  };
}
