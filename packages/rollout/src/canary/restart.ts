import { asQscError, QscError } from "@qsc/contract";
import { restart } from "@qsc/systemd";
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

/** Restarts the unit; a start that fails is tried again, unless the signal has come. */
export async function restartUnit(world: CanaryWorld, steps: Steps, signal?: AbortSignal): Promise<Restarted> {
  const { services, unit, clock } = world;
  for (const pause of [...PAUSES_MS, null]) {
    // Each time: a start that failed may have published something.
    const mark = await markOf(world);
    try {
      const { startedUs, mainPid } = await restart(services, unit, { timeoutMs: RESTART_MS });
      if (startedUs === null) throw new QscError("service_failed", `${unit} is active and does not say since when.`);
      steps.note("restart", "done", `process ${mainPid ?? "unknown"}`);
      return { startedMs: Math.floor(startedUs / 1000), mark };
    } catch (thrown) {
      const { code, message } = asQscError(thrown);
      steps.note("restart", "failed", message, code);
      if (pause === null || signal?.aborted === true) throw thrown;
      await clock.sleep(pause, signal);
    }
  }
  throw new QscError("service_failed", `${unit} was not restarted.`);
}
