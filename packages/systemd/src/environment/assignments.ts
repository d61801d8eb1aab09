import { inertText } from "@qsc/contract";
import { ServiceError } from "../service-error.js";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Characters that systemd refuses in a value, and those that could end its line. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
/** The kernel's limit for one string in a process's environment (MAX_ARG_STRLEN, with its NUL). */
const MAX_BYTES = 128 * 1024 - 1;

/**
 * Asserts that every name and value can be written to a unit file and read back unchanged.
 * @throws QscError `dropin_invalid`, naming the variable and what is wrong with it.
 */
export function assertEnvironment(environment: ReadonlyMap<string, string>): void {
  for (const [name, value] of environment) {
    const problem = problemOf(name, value);
    if (problem === null) continue;
    throw new ServiceError("dropin_invalid", `The variable '${inertText(name)}' cannot be set: ${problem}.`);
  }
}

function problemOf(name: string, value: string): string | null {
  if (!NAME.test(name)) return "a name has letters, digits and '_', and does not begin with a digit";
  const refused = REFUSED.exec(value)?.[0];
  if (refused !== undefined)
    return `its value contains ${inertText(refused)} at character ${value.indexOf(refused) + 1}`;
  const bytes = Buffer.byteLength(`${name}=${value}`);
  return bytes > MAX_BYTES ? `with its value it has ${bytes} bytes, of ${MAX_BYTES} at most` : null;
}
