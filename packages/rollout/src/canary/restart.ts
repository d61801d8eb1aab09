import { asQscError, QscError } from "@qsc/contract";
import { restart } from "@qsc/systemd";
import type { Steps } from "./steps.js";
import type { CanaryWorld } from "./world.js";

/** Longest time for a unit to stop, and to start, in milliseconds. */
const RESTART_MS = 30_000;
/** Pauses before a start that failed is tried again, in milliseconds. */
const PAUSES_MS = [500, 2000];

/**
 * Restarts the unit; a start that fails is tried again, unless the signal has come. Answers the start of the new process,
 * in milliseconds since 1970.
 */
export async function restartUnit({ services, unit, clock }: CanaryWorld, steps: Steps, signal?: AbortSignal): Promise<number> {
  for (const pause of [...PAUSES_MS, null]) {
    try {
      const { startedUs, mainPid } = await restart(services, unit, { timeoutMs: RESTART_MS });
      if (startedUs === null) throw new QscError("service_failed", `${unit} is active and does not say since when.`);
      steps.note("restart", "done", `process ${mainPid ?? "unknown"}`);
      return Math.floor(startedUs / 1000);
    } catch (thrown) {
      steps.note("restart", "failed", asQscError(thrown).message);
      if (pause === null || signal?.aborted === true) throw thrown;
      await clock.sleep(pause, signal);
    }
  }
  throw new QscError("service_failed", `${unit} was not restarted.`);
}
