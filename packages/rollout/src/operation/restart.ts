import { asQscError, QscError } from "@qsc/contract";
import { ANSWER_MS } from "./bounds.js";
import { markOf, type Mark } from "./mark.js";
import type { Steps } from "./steps.js";
import type { OperationContext } from "./context.js";

/** The longest that a unit may take to stop, and to start, in milliseconds. */
const RESTART_MS = 30_000;
/** Pauses before a failed start is retried, in milliseconds. */
const PAUSES_MS = [500, 2000];

/** The name of the step of each attempt; it does not appear before the unit is told to stop. */
export const RESTART_STEP = "restart";

/** A process that was started. */
export interface Restarted {
  /** Its start, in milliseconds since 1970. */
  readonly startedMs: number;
  /** Where the telemetry ended before the start; null if that could not be read. */
  readonly mark: Mark | null;
}

export interface RestartOptions {
  /** Ends the attempts: a failed start is not retried. */
  readonly signal?: AbortSignal;
  /**
   * Processes that have not ended this many milliseconds after the order to stop, or that outlive the stop, are killed,
   * whatever the unit's own rules say. Missing: only the unit's rules apply, as for an engine whose weights are not in
   * doubt.
   */
  readonly killAfterMs?: number;
  /** Called between the stop and the start. */
  readonly beforeStart?: () => Promise<void>;
  /** Asked right before the unit is stopped, killed or started: rejects if this command must not do that. */
  readonly may?: () => Promise<void>;
}

const always = (): Promise<void> => Promise.resolve();

/** Restarts the unit; a failed start is retried. */
export async function restartUnit(
  context: OperationContext,
  steps: Steps,
  options: RestartOptions = {},
): Promise<Restarted> {
  const { unit, clock } = context;
  const { signal } = options;
  for (const pause of [...PAUSES_MS, null]) {
    try {
      return await attempt(context, steps, options);
    } catch (thrown) {
      const { code, message } = asQscError(thrown);
      steps.note(RESTART_STEP, "failed", message, code);
      if (pause === null || signal?.aborted === true || code === "canary_replaced") throw thrown;
      await clock.sleep(pause, signal);
    }
  }
  throw new QscError("service_failed", `${unit} was not restarted.`);
}

async function attempt(
  context: OperationContext,
  steps: Steps,
  { killAfterMs, beforeStart, may = always }: RestartOptions,
): Promise<Restarted> {
  const { services, unit } = context;
  // The stop comes first. The end of the telemetry is read at the same time, on each attempt: a failed start may have
  // published something.
  await may();
  const stopping =
    killAfterMs === undefined ? services.stop(unit, RESTART_MS) : endProcesses(context, steps, killAfterMs, may);
  const marking = markOf(context);
  await stopping;
  await beforeStart?.();
  const mark = await marking;
  await services.resetFailed(unit);
  await may();
  const { startedUs, mainPid } = await services.start(unit, RESTART_MS);
  if (startedUs === null)
    throw new QscError("service_failed", `${unit} is active, but the service manager does not say since when.`);
  steps.note(RESTART_STEP, "done", `process ${mainPid ?? "unknown"}`);
  return { startedMs: Math.floor(startedUs / 1000), mark };
}

/**
 * Stops the unit by its own rules, and kills what they leave: they may have changed since the activation. If the kill
 * is refused, a process without the canary is started all the same; the proof looks for leftovers.
 * @param may rejects if this command must not do that, as in `RestartOptions`; the caller has asked it just before
 */
export async function endProcesses(
  context: OperationContext,
  steps: Steps,
  killAfterMs: number,
  may: () => Promise<void>,
): Promise<void> {
  const { services, unit, clock } = context;
  const kill = (): Promise<void> =>
    services.kill(unit).catch((thrown: unknown) => {
      steps.note("kill", "failed", asQscError(thrown).message);
    });
  const stopped = new AbortController();
  const killLate = async (): Promise<void> => {
    // If it must not, the same question below says so.
    const isAllowed = await may().then(
      () => true,
      () => false,
    );
    if (isAllowed && !stopped.signal.aborted) await kill();
  };
  const late = clock.sleep(killAfterMs, stopped.signal).then(() => (stopped.signal.aborted ? undefined : killLate()));
  try {
    await services.stop(unit, killAfterMs + ANSWER_MS);
  } finally {
    stopped.abort();
  }
  await late;
  await may();
  await kill();
}
