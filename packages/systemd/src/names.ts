import { inertText } from "@qsc/contract";
import { ServiceError } from "./service-error.js";

/** Letters, digits and `:_.-@` and the backslash of systemd-escape; no slash, no glob, no leading `-` or `.`. */
const NAME = /^[A-Za-z0-9:_@\\][A-Za-z0-9:_.@\\-]*$/;
const MAX_LENGTH = 255;

function isName(text: string): boolean {
  return NAME.test(text) && !text.includes("..") && text.length <= MAX_LENGTH;
}

/**
 * Asserts that a text is the full name of a service unit.
 * @throws QscError `invalid_unit`.
 */
export function assertUnit(unit: string): void {
  if (isName(unit) && unit.endsWith(".service") && unit.length > ".service".length) return;
  throw new ServiceError(
    "invalid_unit",
    `'${inertText(unit)}' is not a service unit; write its full name without a path, such as engine.service.`,
    { unit },
  );
}

/**
 * Asserts that a text is the file name of a drop-in.
 * @throws QscError `invalid_unit`.
 */
export function assertDropIn(name: string): void {
  if (isName(name) && name.endsWith(".conf") && name.length > ".conf".length) return;
  throw new ServiceError(
    "invalid_unit",
    `'${inertText(name)}' is not a drop-in; write its file name without a path, such as canary_weights.conf.`,
    { unit: name },
  );
}

/**
 * Asserts that a text can name a guard.
 * @throws QscError `invalid_unit`.
 */
export function assertGuardName(name: string): void {
  if (isName(`${name}.service`) && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) return;
  throw new ServiceError(
    "invalid_unit",
    `'${inertText(name)}' cannot name a guard; write letters, digits, '_' and '-', such as qsc-deadman-engine.`,
    { unit: name },
  );
}
