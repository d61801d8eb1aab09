import { assertGuardName } from "../names.js";
import type { Guard } from "../port.js";
import { ServiceError } from "../service-error.js";
import { problemOfCommand, problemOfConfinement, problemOfPath } from "../unit-text.js";

/**
 * Asserts that a guard's name, command, times and paths can be written to unit files.
 * @throws QscError `invalid_unit`.
 */
export function assertGuard(guard: Guard): void {
  assertGuardName(guard.name);
  const problem = problemOf(guard);
  if (problem === null) return;
  throw new ServiceError("invalid_unit", `The guard ${guard.name} cannot be armed: ${problem}.`, { unit: guard.name });
}

function problemOf({ command, everySeconds, afterBootSeconds, installed }: Guard): string | null {
  const problem =
    problemOfCommand(command) ??
    (installed === undefined
      ? null
      : (problemOfConfinement(installed) ??
        (installed.whenThere === null ? null : problemOfPath(installed.whenThere))));
  if (problem !== null) return problem;
  for (const seconds of [everySeconds, afterBootSeconds]) {
    if (!Number.isSafeInteger(seconds) || seconds < 1) return `${seconds} is not a whole number of seconds from 1 on`;
  }
  return null;
}
