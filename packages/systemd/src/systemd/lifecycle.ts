import { describeDuration } from "@qsc/contract";
import { pause } from "../pause.js";
import type { UnitState } from "../port.js";
import { quoted, ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { lastLines } from "./journal.js";
import { systemctl } from "./systemctl.js";
import { readUnitState } from "./unit-state.js";

const POLL_MS = 50;
/** systemd calls a unit active before its program has done anything: it is believed after it has stayed so for so long. */
const SETTLE_MS = 300;
const LAST_LINES = 10;
const ENDED: ReadonlySet<string> = new Set(["inactive", "failed"]);
const RUNNING: ReadonlySet<string> = new Set(["active", "reloading", "refreshing"]);

/** Forgets failures and the count of starts. systemd forgets both by itself when it unloads a unit that does not run. */
export async function resetFailed(host: Host, unit: string): Promise<void> {
  try {
    await systemctl(host, ["reset-failed", "--", unit], { unit, doing: `Resetting ${unit} failed` });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "service_missing") throw error;
  }
}

/** Stops a unit and waits until it has ended. */
export async function stop(host: Host, unit: string, timeoutMs: number): Promise<UnitState> {
  const deadline = performance.now() + timeoutMs;
  const doing = `Stopping ${unit} failed`;
  try {
    await systemctl(host, ["stop", "--", unit], { unit, timeoutMs, doing });
  } catch (error) {
    throw await withState(host, unit, timeoutMs, error);
  }
  for (;;) {
    const state = await readUnitState(host, unit);
    if (ENDED.has(state.active)) return state;
    if (performance.now() >= deadline) throw timedOut(state, timeoutMs, "has not ended");
    await pause(POLL_MS);
  }
}

/** Starts a unit that does not run, and waits until it has proven to stay. */
export async function start(host: Host, unit: string, timeoutMs: number): Promise<UnitState> {
  const deadline = performance.now() + timeoutMs;
  const before = await readUnitState(host, unit);
  assertStartable(before);
  try {
    await systemctl(host, ["start", "--", unit], { unit, timeoutMs, doing: `Starting ${unit} failed` });
  } catch (error) {
    throw await startError(host, unit, timeoutMs, error);
  }
  return await settled(host, before, deadline, timeoutMs);
}

/** The state after it was the same, active and new, for the whole settling time. */
async function settled(host: Host, before: UnitState, deadline: number, timeoutMs: number): Promise<UnitState> {
  const { unit } = before;
  let first: UnitState | null = null;
  let since = performance.now();
  for (;;) {
    const state = await readUnitState(host, unit);
    const isNew = state.invocationId !== null && state.invocationId !== before.invocationId;
    const moved = first !== null && (state.invocationId !== first.invocationId || state.mainPid !== first.mainPid);
    if (moved || !isNew || !RUNNING.has(state.active)) throw await notStayed(host, state);
    if (first === null) since = performance.now();
    first ??= state;
    if (performance.now() - since >= SETTLE_MS && state.active === "active") return state;
    if (performance.now() >= deadline + SETTLE_MS) throw timedOut(state, timeoutMs, "has not settled");
    await pause(POLL_MS);
  }
}

function assertStartable(state: UnitState): void {
  const { unit, load, active } = state;
  if (load === "not-found") {
    throw new ServiceError("service_missing", `There is no unit ${unit}. Check its name, install its file, and daemon-reload.`, { unit });
  }
  if (load !== "loaded") {
    const advice = load === "masked" ? `Undo it with systemctl unmask ${unit}.` : `See systemctl status ${unit}.`;
    throw new ServiceError("service_failed", `${unit} cannot be started: it is ${load}. ${advice}`, { unit });
  }
  if (!ENDED.has(active)) {
    throw new ServiceError("service_failed", `${unit} cannot be started anew: it is ${active}. Stop it first.`, { unit });
  }
}

/** The error of a start that systemctl itself has refused or has seen fail. */
async function startError(host: Host, unit: string, timeoutMs: number, error: unknown): Promise<unknown> {
  if (!(error instanceof ServiceError)) return error;
  if (error.code === "service_failed") return await notStayed(host, await readUnitState(host, unit), error);
  return await withState(host, unit, timeoutMs, error);
}

/** A timeout, told with the state in which the unit hangs; any other error as it is. */
async function withState(host: Host, unit: string, timeoutMs: number, error: unknown): Promise<unknown> {
  if (!(error instanceof ServiceError) || error.code !== "service_timeout") return error;
  return timedOut(await readUnitState(host, unit), timeoutMs, "is not done", error);
}

function timedOut(state: UnitState, timeoutMs: number, what: string, cause?: ServiceError): ServiceError {
  const { unit, active, sub } = state;
  const message = `${unit} ${what} after ${describeDuration(timeoutMs)}: it is ${active} (${sub}). See systemctl status ${unit}; it may still come to an end by itself.`;
  return new ServiceError("service_timeout", message, detailsOf(unit, cause));
}

async function notStayed(host: Host, state: UnitState, cause?: ServiceError): Promise<ServiceError> {
  const { unit, active, sub, result, invocationId } = state;
  const lines = invocationId === null ? [] : await lastLines(host, invocationId, LAST_LINES);
  const said = lines.length === 0 ? "Its journal has nothing of this start." : `Its journal ends with: ${quoted(lines.join("\n"), 2_000)}`;
  const limit = result === "start-limit-hit" ? " It was started too often in a short time: reset-failed first." : "";
  const message = `${unit} did not start and stay: it is ${active} (${sub}), result ${result}.${limit} ${said}`;
  return new ServiceError("service_failed", message, detailsOf(unit, cause));
}

function detailsOf(unit: string, cause: ServiceError | undefined): { unit: string } & Partial<ServiceError> {
  if (cause === undefined) return { unit };
  const { command, commandExit, stderr } = cause;
  return { unit, command, commandExit, stderr, cause };
}
