import { iso, QscError } from "@qsc/contract";
import { cutoverOf } from "@qsc/systemd";
import type { OperationContext } from "../operation/context.js";

/** A cutover written without fractions of a second is early by less than this, in milliseconds. */
const ROUNDING_MS = 1000;

/**
 * A later cutover would hide what the process did first; an earlier one would judge another process. A time without
 * fractions of a second has been rounded down.
 * @throws QscError `cutover_not_start` unless the cutover is the start of the unit's process
 */
export async function requireStart({ services, unit }: OperationContext, cutoverMs: number): Promise<string> {
  const started = cutoverOf(await services.state(unit));
  const earlyMs = Date.parse(started) - cutoverMs;
  if (!(earlyMs >= 0 && earlyMs < ROUNDING_MS)) {
    throw new QscError(
      "cutover_not_start",
      `The cutover ${iso(cutoverMs)} is not the start of the process: ${unit} started at ${started}. All its decisions since then are judged: pass --cutover ${started}.`,
    );
  }
  return `${unit} started at ${started}`;
}
