import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readDefinition, type Definition } from "./child/definition.js";
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
 * Plain child processes of this machine (Linux), for laptops and demos: needs no systemd and no rights beyond the
 * user's.
 *
 * A unit is a file `<directory>/<unit>` in systemd's format. Its [Service] section may set `ExecStart=`,
 * `Environment=`, `WorkingDirectory=` (default: the directory), `TimeoutStopSec=` and `Type=simple|exec`; drop-ins are
 * `<directory>/<unit>.d/*.conf`. Any other key of [Service], a specifier, or a variable in the command makes the unit
 * `bad-setting`. Files are read again at every query and every start, so `reload` has nothing to do.
 *
 * A process is detached and outlives the process that started it, but not the machine: after a reboot neither units nor
 * guards are started again. Units are neither limited nor restarted. Processes that a unit starts in another session
 * are not stopped with it. A supervisor process records how the unit's process ended; if the supervisor is killed too,
 * the unit's `result` is `lost`. The last five starts and their logs are kept in `<directory>/.qsc`, up to about 36 MB
 * each.
 */
export function childManager(directory: string): ServiceManager {
  const units = resolve(directory);
  const placeOf = (unit: string): string => {
    assertUnit(unit);
    return join(units, ".qsc", "units", unit);
  };
  const read = async (unit: string): Promise<UnitState> => {
    const place = placeOf(unit);
    return await attempting(unit, "Asking for its state", async () =>
      unitStateOf(unit, await readDefinition(units, unit), look(place)),
    );
  };
  const subjectOf = (unit: string): Subject => subjectIn(placeOf(unit), unit, () => read(unit));
  return {
    label: `child processes in ${units} (none survives a reboot)`,
    ...dropInsOf(units, localFiles),
    ...guardsIn(join(units, ".qsc", "guards")),
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
      assertStoppable(await subject.read(), units);
      return await attempting(unit, "Stopping it", () => stopUnit(subject, placeOf(unit), timeoutMs));
    },
    start: async (unit, timeoutMs) => {
      const patience = new Patience(timeoutMs);
      const subject = subjectOf(unit);
      const before = await subject.read();
      const definition = await startableDefinition(subject, before, units);
      await attempting(unit, "Starting it", () => startUnit(placeOf(unit), unit, units, definition, patience));
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
  };
}

function subjectIn(place: string, unit: string, read: () => Promise<UnitState>): Subject {
  return {
    unit,
    read,
    lastLines: (invocationId) => lastLines(place, invocationId, LAST_LINES).catch(() => []),
    look: place,
  };
}

type Guards = Pick<ServiceManager, "armGuard" | "disarmGuard" | "guardState">;

function guardsIn(directory: string): Guards {
  return {
    armGuard: async (guard) => {
      assertGuard(guard);
      await attempting(guard.name, "Arming the guard", () => armGuard(directory, guard));
    },
    disarmGuard: async (name) => {
      assertGuardName(name);
      await attempting(name, "Disarming the guard", () => {
        disarmGuard(directory, name);
      });
    },
    guardState: async (name) => {
      assertGuardName(name);
      return await attempting(name, "Asking for the guard", () => guardState(directory, name));
    },
  };
}

function assertStoppable({ unit, load, active }: UnitState, directory: string): void {
  if (load !== "not-found" || (active !== "inactive" && active !== "failed")) return;
  throw new ServiceError(
    "service_missing",
    `There is no unit ${unit} in ${directory}. Check its name, and that its file is there.`,
    { unit },
  );
}

/** The definition to start, read now: the files may have changed since the unit's state was asked for. */
async function startableDefinition(subject: Subject, before: UnitState, directory: string): Promise<Definition> {
  const { unit } = subject;
  const { found } = await readDefinition(directory, unit);
  if (found.load === "bad-setting") {
    throw new ServiceError("service_failed", `${unit} cannot be started: ${found.problem}. Correct that line.`, {
      unit,
    });
  }
  assertStartable(subject, before);
  if (found.load !== "loaded") throw new ServiceError("service_missing", `The file of ${unit} is gone.`, { unit });
  return found.definition;
}
