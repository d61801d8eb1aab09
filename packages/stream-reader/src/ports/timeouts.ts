import { QscError } from "@qsc/contract";
import { shown } from "./options.js";

const CONNECT_MS = 3000;
const COMMAND_MS = 10_000;

/** The longest a server may take, in milliseconds. */
export interface Timeouts {
  readonly connectMs: number;
  readonly commandMs: number;
}

/** The limits for an answer (10 s by default) and for connecting (3 s at most). @throws QscError `usage` */
export function timeoutsOf(timeoutMs: number = COMMAND_MS): Timeouts {
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0 || timeoutMs >= 2 ** 31) {
    throw new QscError(
      "usage",
      `timeoutMs ${shown(timeoutMs)} is not a number of milliseconds; pass a whole number above 0.`,
    );
  }
  return { connectMs: Math.min(CONNECT_MS, timeoutMs), commandMs: timeoutMs };
}
