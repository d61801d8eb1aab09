import { describeDuration } from "@qsc/contract";
import { HOW_TO_READ } from "../how-to-read.js";
import { pause } from "../pause.js";
import type { UnitState } from "../port.js";
import { quoted, ServiceError } from "../service-error.js";

const POLL_MS = 50;
/**
 * A manager calls a unit active before its program has done anything. It counts as started only after it has stayed
 * active for this long.
 */
const SETTLE_MS = 300;
/** How long to wait for a failed start to end, so that the error can say how. */
const END_MS = 2_000;
const ENDED: ReadonlySet<string> = new Set(["inactive", "failed"]);
const RUNNING: ReadonlySet<string> = new Set(["active", "reloading", "refreshing"]);

/** A unit that is being waited for, to end or to come up. */
export interface Subject {
  readonly unit: string;
  readonly read: () => Promise<UnitState>;
  /** The last lines of one start, for an error message; null if this user may not read them. Never rejects. */
  readonly lastLines: (invocationId: string) => Promise<readonly string[] | null>;
  /** The command that shows an operator more. */
  readonly look: string;
}

/** How long something may take, and when it began. */
export class Patience {
  readonly timeoutMs: number;
  readonly #until: number;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.#until = performance.now() + timeoutMs;
  }

  get leftMs(): number {
    return this.#until - performance.now();
  }
}

/** The state of the unit once it has ended. @throws QscError `service_timeout` */
export async function ended(subject: Subject, patience: Patience): Promise<UnitState> {
  for (;;) {
    const state = await subject.read();
    if (ENDED.has(state.active)) return state;
    if (patience.leftMs <= 0) throw timedOut(subject, state, patience, "has not ended");
    await pause(POLL_MS);
  }
}

/**
 * The state of a started unit, once the same new start has stayed active for the whole settling time.
 * @throws QscError `service_failed`, `service_timeout`
 */
export async function settled(subject: Subject, before: UnitState, patience: Patience): Promise<UnitState> {
  let first: UnitState | null = null;
  let since = performance.now();
  for (;;) {
    const state = await subject.read();
    const isNew = state.invocationId !== null && state.invocationId !== before.invocationId;
    const moved = first !== null && (state.invocationId !== first.invocationId || state.mainPid !== first.mainPid);
    if (moved || !isNew || !RUNNING.has(state.active)) throw await notStayed(subject, state);
    if (first === null) since = performance.now();
    first ??= state;
    if (performance.now() - since >= SETTLE_MS && state.active === "active") return state;
    if (patience.leftMs + SETTLE_MS <= 0) throw timedOut(subject, state, patience, "has not settled");
    await pause(POLL_MS);
  }
}

/** @throws QscError `service_missing`, `service_failed` for a unit that cannot be started or already runs. */
export function assertStartable(subject: Subject, state: UnitState): void {
  const { unit, load, active } = state;
  if (load === "not-found") {
    throw new ServiceError(
      "service_missing",
      `There is no unit ${unit}. Check its name, install its file, and daemon-reload.`,
      { unit },
    );
  }
  if (load !== "loaded") {
    const advice = load === "masked" ? "Unmask it: its file is a link to /dev/null." : `See ${subject.look}.`;
    throw new ServiceError("service_failed", `${unit} cannot be started: it is ${load}. ${advice}`, { unit });
  }
  if (!ENDED.has(active)) {
    throw new ServiceError("service_failed", `${unit} cannot be started again: it is ${active}. Stop it first.`, {
      unit,
    });
  }
}

/** The error for a unit that is not done in time. */
export function timedOut(
  subject: Subject,
  state: UnitState,
  { timeoutMs }: Patience,
  what: string,
  cause?: ServiceError,
): ServiceError {
  const { unit, active, sub } = state;
  const message = `${unit} ${what} after ${describeDuration(timeoutMs)}: it is ${active} (${sub}). See ${subject.look}; it may still come to an end by itself.`;
  return new ServiceError("service_timeout", message, detailsOf(unit, cause));
}

/** The error for a unit that was started and does not run. */
export async function notStayed(subject: Subject, seen: UnitState, cause?: ServiceError): Promise<ServiceError> {
  const { unit, active, sub, result, ...state } = await atRest(subject, seen);
  // A manager may forget the invocation as soon as it has ended cleanly.
  const invocationId = state.invocationId ?? seen.invocationId;
  const lines = invocationId === null ? [] : await subject.lastLines(invocationId);
  const said = describeWords(lines);
  // A unit that failed earlier keeps that failure's result.
  const isLimited =
    result === "start-limit-hit" || lines?.some((line) => /start request repeated too quickly/i.test(line)) === true;
  const limit = isLimited ? " It was started too often in a short time: reset-failed first." : "";
  const message = `${unit} did not start and stay: it is ${active} (${sub}), result ${result}.${limit} ${said}`;
  return new ServiceError("service_failed", message, detailsOf(unit, cause));
}

function describeWords(lines: readonly string[] | null): string {
  if (lines === null) return `This user may not read its journal, so why is unknown: ${HOW_TO_READ}.`;
  return lines.length === 0
    ? "No output of this start is known."
    : `Its journal ends with: ${quoted(lines.join("\n"), 2_000)}`;
}

/** Waits briefly for a unit that is just ending, so that its state says how; otherwise the state as it is. */
async function atRest(subject: Subject, seen: UnitState): Promise<UnitState> {
  const patience = new Patience(END_MS);
  let state = seen;
  while (state.active === "deactivating" && patience.leftMs > 0) {
    await pause(POLL_MS);
    state = await subject.read();
  }
  return state;
}

function detailsOf(unit: string, cause: ServiceError | undefined): { unit: string } & Partial<ServiceError> {
  if (cause === undefined) return { unit };
  const { command, commandExit, stderr } = cause;
  return { unit, command, commandExit, stderr, cause };
}
