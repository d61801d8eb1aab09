import { assertStartable, ended, notStayed, Patience, settled, timedOut, type Subject } from "../lifecycle/settle.js";
import type { UnitState } from "../port.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { lastLines } from "./journal.js";
import { show } from "./show.js";
import { systemctl } from "./systemctl.js";
import { readUnitState } from "./unit-state.js";

const LAST_LINES = 10;

/** Forgets failures and the number of starts. systemd forgets both by itself when it unloads a stopped unit. */
export async function resetFailed(host: Host, unit: string): Promise<void> {
  try {
    await systemctl(host, ["reset-failed", "--", unit], { unit, doing: `Resetting ${unit} failed` });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "service_missing") throw error;
  }
}

/** Stops a unit and waits until it has ended. */
export async function stop(host: Host, unit: string, timeoutMs: number): Promise<UnitState> {
  const subject = subjectOf(host, unit);
  const patience = new Patience(timeoutMs);
  try {
    await systemctl(host, ["stop", "--", unit], { unit, timeoutMs, doing: `Stopping ${unit} failed` });
  } catch (error) {
    throw await withState(subject, patience, error);
  }
  return await ended(subject, patience);
}

/**
 * Kills every process in a unit. systemd keeps a unit loaded, with its control group, for as long as a process is left
 * in it, even after it has stopped the unit; if no process is left, a refusal does not matter.
 */
export async function kill(host: Host, unit: string): Promise<void> {
  try {
    await systemctl(host, ["kill", "--signal=SIGKILL", "--", unit], {
      unit,
      doing: `Killing the processes of ${unit} failed`,
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code !== "service_missing" && (await controlGroup(host, unit)) !== "") throw error;
  }
}

/** Empty for a unit that has no processes. */
async function controlGroup(host: Host, unit: string): Promise<string> {
  const group = (await show(host, unit, ["ControlGroup"])).get("ControlGroup");
  if (group === undefined)
    throw new ServiceError("service_unreachable", `systemctl does not show the control group of ${unit}.`, { unit });
  return group;
}

/** Starts a stopped unit and waits until it has stayed up for the settling time. */
export async function start(host: Host, unit: string, timeoutMs: number): Promise<UnitState> {
  const subject = subjectOf(host, unit);
  const patience = new Patience(timeoutMs);
  const before = await subject.read();
  assertStartable(subject, before);
  try {
    await systemctl(host, ["start", "--", unit], { unit, timeoutMs, doing: `Starting ${unit} failed` });
  } catch (error) {
    if (error instanceof ServiceError && error.code === "service_failed")
      throw await notStayed(subject, await subject.read(), error);
    throw await withState(subject, patience, error);
  }
  return await settled(subject, before, patience);
}

function subjectOf(host: Host, unit: string): Subject {
  return {
    unit,
    read: () => readUnitState(host, unit),
    lastLines: (invocationId) => lastLines(host, unit, invocationId, LAST_LINES),
    look: host.look(unit),
  };
}

/** Describes a timeout with the state in which the unit hangs; passes any other error on. */
async function withState(subject: Subject, patience: Patience, error: unknown): Promise<unknown> {
  if (!(error instanceof ServiceError) || error.code !== "service_timeout") return error;
  return timedOut(subject, await subject.read(), patience, "is not done", error);
}
