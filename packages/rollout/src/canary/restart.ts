import { asQscError, QscError } from "@qsc/contract";
import { ANSWER_MS } from "./bounds.js";
import { markOf, type Mark } from "./mark.js";
import type { Steps } from "./steps.js";
import type { CanaryWorld } from "./world.js";

/** Longest time for a unit to stop, and to start, in milliseconds. */
const RESTART_MS = 30_000;
/** Pauses before a start that failed is tried again, in milliseconds. */
const PAUSES_MS = [500, 2000];

/** A process that was started. */
export interface Restarted {
  /** Its start, in milliseconds since 1970. */
  readonly startedMs: number;
  /** Where the telemetry ended before it; null where that could not be read. */
  readonly mark: Mark | null;
}

export interface RestartOptions {
  /** Ends the attempts: a start that fails is not tried again. */
  readonly signal?: AbortSignal;
  /**
   * What has not ended this many milliseconds after the order to stop, and what outlives the stop, is killed, whatever the
   * unit's own rules say. Missing: the unit's rules alone hold, as for an engine whose weights are not in doubt.
   */
  readonly killAfterMs?: number;
  /** Done between the stop and the start. */
  readonly beforeStart?: () => Promise<void>;
}

/** Restarts the unit; a start that fails is tried again. */
export async function restartUnit(world: CanaryWorld, steps: Steps, options: RestartOptions = {}): Promise<Restarted> {
  const { unit, clock } = world;
  const { signal } = options;
  for (const pause of [...PAUSES_MS, null]) {
    try {
      return await attempt(world, steps, options);
    } catch (thrown) {
      const { code, message } = asQscError(thrown);
      steps.note("restart", "failed", message, code);
      if (pause === null || signal?.aborted === true) throw thrown;
      await clock.sleep(pause, signal);
    }
  }
  throw new QscError("service_failed", `${unit} was not restarted.`);
}

async function attempt(world: CanaryWorld, steps: Steps, { killAfterMs, beforeStart }: RestartOptions): Promise<Restarted> {
  const { services, unit } = world;
  // The stop comes first. Where the telemetry ends is read beside it, each time: a start that failed may have published something.
  const stopping = killAfterMs === undefined ? services.stop(unit, RESTART_MS) : endProcesses(world, steps, killAfterMs);
  const marking = markOf(world);
  await stopping;
  await beforeStart?.();
  const mark = await marking;
  await services.resetFailed(unit);
  const { startedUs, mainPid } = await services.start(unit, RESTART_MS);
  if (startedUs === null) throw new QscError("service_failed", `${unit} is active and does not say since when.`);
  steps.note("restart", "done", `process ${mainPid ?? "unknown"}`);
  return { startedMs: Math.floor(startedUs / 1000), mark };
}

/**
 * Stops the unit by its own rules, and kills what these leave: they may have been changed since the activation. A kill
 * that is refused does not keep a process without the canary from being started; the proof looks for what is left.
 */
async function endProcesses(world: CanaryWorld, steps: Steps, killAfterMs: number): Promise<void> {
  const { services, unit, clock } = world;
  const kill = (): Promise<void> => services.kill(unit).catch((thrown: unknown) => {
    steps.note("kill", "failed", asQscError(thrown).message);
  });
  const stopped = new AbortController();
  const late = clock.sleep(killAfterMs, stopped.signal).then(() => (stopped.signal.aborted ? undefined : kill()));
  try {
    await services.stop(unit, killAfterMs + ANSWER_MS);
  } finally {
    stopped.abort();
  }
  await late;
  await kill();
}
