import { inertText } from "@qsc/contract";
import { assertGuardName } from "../names.js";
import type { Guard } from "../port.js";
import { ServiceError } from "../service-error.js";

const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * Asserts that a guard's name, command and times can be written into unit files.
 * @throws QscError `invalid_unit`.
 */
export function assertGuard(guard: Guard): void {
  assertGuardName(guard.name);
  const problem = problemOf(guard);
  if (problem === null) return;
  throw new ServiceError("invalid_unit", `The guard ${guard.name} cannot be armed: ${problem}.`, { unit: guard.name });
}

function problemOf({ command, everySeconds, afterBootSeconds }: Guard): string | null {
  const [program] = command;
  if (program?.startsWith("/") !== true) return `its program '${inertText(program ?? "")}' is no absolute path`;
  const hostile = command.find((word) => REFUSED.test(word));
  if (hostile !== undefined) return `its argument '${inertText(hostile)}' has a control character`;
  for (const seconds of [everySeconds, afterBootSeconds]) {
    if (!Number.isSafeInteger(seconds) || seconds < 1) return `${seconds} is no whole number of seconds from 1 on`;
  }
  return null;
}
