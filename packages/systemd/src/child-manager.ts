import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readDefinition } from "./child/definition.js";
import { inheritedEnvironment } from "./child/environment.js";
import { attempting } from "./child/failure.js";
import { armGuard, disarmGuard, guardState } from "./child/guards.js";
import { lastLines, readJournal } from "./child/journal.js";
import { killUnit, leftoversOf } from "./child/leftovers.js";
import { startUnit } from "./child/start-unit.js";
import { stopUnit } from "./child/stop-unit.js";
import { forget, look } from "./child/unit-process.js";
import { unitStateOf } from "./child/unit-state.js";
import { dropInsOf } from "./drop-ins.js";
import { assertGuard } from "./guard/assert.js";
import { assertInvocation } from "./invocation.js";
import { assertStartable, Patience, settled, type Subject } from "./lifecycle/settle.js";
import { assertGuardName, assertUnit } from "./names.js";
import type { ServiceManager, UnitState } from "./port.js";
import { ServiceError } from "./service-error.js";
import { localFiles } from "./systemd/local-files.js";

const LAST_LINES = 10;

/**
 * Plain child processes of this machine (Linux), for laptops and demos: needs no systemd, and no rights but the user's.
 *
 * A unit is a file `<directory>/<unit>` as systemd has them, of which [Service] may say `ExecStart=`, `Environment=`,
 * `WorkingDirectory=` (default: the directory), `TimeoutStopSec=` and `Type=simple|exec`; drop-ins are
 * `<directory>/<unit>.d/*.conf`. Another key of [Service], a specifier, or a variable in the command makes it
 * `bad-setting`. Files are read anew at every question and every start, so that `reload` has nothing to do.
 *
 * A process is detached and outlives who started it, but not the machine: after a reboot nothing is started again, no
 * unit and no guard. Nor is anything of a unit limited or restarted. What it starts in a session of its own is not
 * stopped with it. Who is told of its end is a supervisor beside it: where that one is killed too, the unit's `result`
 * is `lost`. The five last starts and their logs are kept in `<directory>/.qsc`, up to about 36 MB each.
 */
export function childManager(directory: string): ServiceManager {
  const units = resolve(directory);
  const guards = join(units, ".qsc", "guards");
  const placeOf = (unit: string): string => {
    assertUnit(unit);
    return join(units, ".qsc", "units", unit);
  };
  const read = async (unit: string): Promise<UnitState> => {
    const place = placeOf(unit);
    return await attempting(unit, "Asking for its state", async () => unitStateOf(unit, await readDefinition(units, unit), look(place)));
  };
  const subjectOf = (unit: string): Subject => ({
    unit,
    read: () => read(unit),
    lastLines: (invocationId) => lastLines(placeOf(unit), invocationId, LAST_LINES).catch(() => []),
    look: placeOf(unit),
  });
  return {
    label: `child processes in ${units} (none survives a reboot)`,
    ...dropInsOf(units, localFiles),
    state: read,
    managerEnvironment: () => Promise.resolve(new Map(Object.entries(inheritedEnvironment()))),
    reload: async () => {
      await attempting(null, `Reading ${units}`, () => mkdir(units, { recursive: true, mode: 0o755 }));
    },
    resetFailed: async (unit) => {
      const place = placeOf(unit);
      await attempting(unit, "Forgetting its failure", () => {
        forget(look(place));
      });
    },
    stop: async (unit, timeoutMs) => {
      const subject = subjectOf(unit);
      const { load, active } = await subject.read();
      if (load === "not-found" && (active === "inactive" || active === "failed")) {
        throw new ServiceError("service_missing", `There is no unit ${unit} in ${units}. Check its name, and that its file is there.`, { unit });
      }
      return await attempting(unit, "Stopping it", () => stopUnit(subject, placeOf(unit), timeoutMs));
    },
    start: async (unit, timeoutMs) => {
      const patience = new Patience(timeoutMs);
      const subject = subjectOf(unit);
      const before = await subject.read();
      const { found } = await readDefinition(units, unit);
      if (found.load === "bad-setting") {
        throw new ServiceError("service_failed", `${unit} cannot be started: ${found.problem}. Correct that line.`, { unit });
      }
      assertStartable(subject, before);
      if (found.load !== "loaded") throw new ServiceError("service_missing", `The file of ${unit} is gone.`, { unit });
      await attempting(unit, "Starting it", () => startUnit(placeOf(unit), unit, units, found.definition, patience));
      return await settled(subject, before, patience);
    },
    kill: async (unit) => {
      const place = placeOf(unit);
      await attempting(unit, "Killing its processes", () => {
        killUnit(place);
      });
    },
    leftovers: async (unit) => {
      const place = placeOf(unit);
      return await attempting(unit, "Looking for processes of earlier starts", () => leftoversOf(place));
    },
    journal: async function* (unit, options) {
      assertInvocation(unit, options.invocationId);
      yield* readJournal(placeOf(unit), options);
    },
    armGuard: async (guard) => {
      assertGuard(guard);
      await attempting(guard.name, "Arming the guard", () => armGuard(guards, guard));
    },
    disarmGuard: async (name) => {
      assertGuardName(name);
      await attempting(name, "Disarming the guard", () => {
        disarmGuard(guards, name);
      });
    },
    guardState: async (name) => {
      assertGuardName(name);
      return await attempting(name, "Asking for the guard", () => guardState(guards, name));
    },
  };
}
