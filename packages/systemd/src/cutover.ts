import { iso } from "@qsc/contract";
import type { UnitState } from "./port.js";
import { ServiceError } from "./service-error.js";

/**
 * The cutover of a unit: when its running process started, ISO 8601 UTC with milliseconds. It is rounded down: an event
 * of the new process is never before it.
 * @throws QscError `service_missing` where there is no such unit, `service_failed` where it does not run.
 */
export function cutoverOf(state: UnitState): string {
  const { unit, load, active, startedUs, mainPid } = state;
  if (load === "not-found") throw new ServiceError("service_missing", `There is no unit ${unit}. Check its name.`, { unit });
  if (active !== "active" || startedUs === null || mainPid === null) {
    throw new ServiceError("service_failed", `${unit} is ${active} and has no cutover: no process of it runs. Start it first.`, { unit });
  }
  return iso(Math.floor(startedUs / 1_000));
}
