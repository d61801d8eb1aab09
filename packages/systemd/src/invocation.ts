import { inertText } from "@qsc/contract";
import { ServiceError } from "./service-error.js";

const INVOCATION = /^[0-9a-f]{32}$/;

/** Asserts that a text can name one start of a unit. @throws QscError `invalid_unit` */
export function assertInvocation(unit: string, text: string): void {
  if (INVOCATION.test(text)) return;
  throw new ServiceError(
    "invalid_unit",
    `'${inertText(text)}' is not an invocation of ${unit}; take invocationId of its state.`,
    { unit },
  );
}
