import { parseEnvironment } from "../environment/parse.js";
import { renderEnvironment } from "../environment/render.js";
import { assertDropIn, assertGuardName, assertUnit } from "../names.js";
import type { ServiceManager } from "../port.js";
import { armGuard, assertGuard, disarmGuard, guardState } from "./guards.js";
import type { Host } from "./host.js";
import { readJournal } from "./journal.js";
import { resetFailed, start, stop } from "./lifecycle.js";
import { systemctl } from "./systemctl.js";
import { readUnitState } from "./unit-state.js";

/** The port, on a systemd. */
export function managerOn(host: Host): ServiceManager {
  const { files } = host;
  const dropInPath = (unit: string, name: string): string => {
    assertUnit(unit);
    assertDropIn(name);
    return `${host.unitDirectory}/${unit}.d/${name}`;
  };
  return {
    label: host.label,
    dropInPath,
    state: async (unit) => {
      assertUnit(unit);
      return await readUnitState(host, unit);
    },
    readDropIn: async (unit, name) => {
      const path = dropInPath(unit, name);
      const text = await files.read(path);
      return text === null ? null : parseEnvironment(text, `'${path}'`);
    },
    writeDropIn: async (unit, name, environment) => {
      await files.write(dropInPath(unit, name), renderEnvironment(environment));
    },
    removeDropIn: async (unit, name) => {
      await files.remove(dropInPath(unit, name));
    },
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
    journal: async function* (unit, options) {
      assertUnit(unit);
      yield* readJournal(host, unit, options);
    },
    armGuard: async (guard) => {
      assertGuardName(guard.name);
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
