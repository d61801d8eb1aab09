import { iso } from "@qsc/contract";
import type { UnitState } from "./port.js";
import { ServiceError } from "./service-error.js";

/**
 * The cutover of a unit: when its running process started, ISO 8601 UTC with milliseconds. Rounded down, so that no
 * event of the new process is before it.
 * @throws QscError `service_missing` if there is no such unit, `service_failed` if it is not running.
 */
export function cutoverOf(state: UnitState): string {
  const { unit, load, active, startedUs, mainPid } = state;
  if (load === "not-found")
    throw new ServiceError("service_missing", `There is no unit ${unit}. Check its name.`, { unit });
  if (active !== "active" || startedUs === null || mainPid === null) {
    throw new ServiceError(
      "service_failed",
      `${unit} is ${active} and has no cutover: no process of it runs. Start it first.`,
      { unit },
    );
  }
  return iso(Math.floor(startedUs / 1_000));
}
