import { asQscError, inertText, QscError } from "@qsc/contract";
import type { UnitState } from "@qsc/systemd";
import type { OperationContext } from "./context.js";

/** Milliseconds between two checks of the unit. */
const LOOK_MS = 1000;
/** Milliseconds to wait for the unit's last lines. */
const WORDS_MS = 5000;
const LAST_LINES = 10;
const LONGEST_WORDS = 2000;

const RUNNING: ReadonlySet<string> = new Set(["active", "reloading", "refreshing"]);
const OVER: ReadonlySet<string> = new Set(["failed", "inactive"]);

export interface FateOptions {
  /** What it means if the unit's process ends and its manager starts another: the end, or one more chance. */
  readonly restarts: "end" | "wait";
  readonly signal?: AbortSignal;
}

/**
 * Does something that waits for a unit's process, and ends when the process ends: then the reason of the failure is
 * known, and waiting longer proves nothing.
 * @param act ends when its signal is aborted
 * @throws QscError `service_failed` with the unit's last lines, and whatever `act` rejects with
 */
export async function whileItRuns<T>(
  context: OperationContext,
  { restarts, signal }: FateOptions,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const acting = act(AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]));
  const ending = endOf(context, restarts, done.signal);
  try {
    return await Promise.race([
      acting,
      ending.then((end) => {
        if (end === null) return acting;
        throw end;
      }),
    ]);
  } finally {
    done.abort();
    over.abort();
    acting.catch(() => undefined);
  }
}

/** Resolves with the reason once the unit's process has ended; with null once the signal is aborted. Never rejects. */
async function endOf(
  context: OperationContext,
  restarts: FateOptions["restarts"],
  signal: AbortSignal,
): Promise<QscError | null> {
  let first: UnitState | null = null;
  while (!signal.aborted) {
    const state = await stateOf(context);
    if (state !== null) {
      first ??= state;
      const isAnother = state.invocationId !== first.invocationId || !RUNNING.has(state.active);
      if (OVER.has(state.active) || (restarts === "end" && isAnother)) return failed(context, first, state);
    }
    await context.clock.sleep(LOOK_MS, signal);
  }
  return null;
}

/** Null if the manager does not answer: that says nothing about the unit, so the wait continues. */
async function stateOf({ services, unit }: OperationContext): Promise<UnitState | null> {
  try {
    return await services.state(unit);
  } catch (thrown) {
    asQscError(thrown);
    return null;
  }
}

async function failed(
  context: OperationContext,
  first: UnitState,
  { active, sub, result }: UnitState,
): Promise<QscError> {
  const words = await lastWords(context, first.invocationId);
  const how = OVER.has(active)
    ? `it is ${active} (${sub}), result ${result}`
    : "its process ended and another was started";
  const said =
    words.length === 0
      ? "Its journal of this start is empty or could not be read."
      : `Its journal ends with: ${inertText(words.join("\n").slice(-LONGEST_WORDS))}`;
  return new QscError("service_failed", `${context.unit} did not stay up: ${how}. ${said}`);
}

async function lastWords(
  { services, unit, clock }: OperationContext,
  invocationId: string | null,
): Promise<readonly string[]> {
  if (invocationId === null) return [];
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(WORDS_MS, done.signal).then(() => {
    late.abort();
  });
  const lines: string[] = [];
  try {
    for await (const { message } of services.journal(unit, { invocationId, signal: late.signal })) {
      lines.push(message);
      if (lines.length > LAST_LINES) lines.shift();
    }
  } catch (thrown) {
    // Used only for the message: what was read so far is enough.
    asQscError(thrown);
  } finally {
    done.abort();
  }
  return lines;
}
