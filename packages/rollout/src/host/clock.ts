import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/** Time, as a canary needs it. */
export interface Clock {
  /** Milliseconds since 1970. May jump. */
  readonly now: () => number;
  /**
   * Milliseconds since a fixed moment of this boot, the same for all processes. Never jumps, and stops only while the
   * host sleeps.
   */
  readonly monotonic: () => number;
  /** The ID of the host's current boot, and how many seconds ago it booted, sleep included. */
  readonly boot: () => Promise<{ readonly id: string; readonly uptimeSeconds: number }>;
  /** Resolves after `ms` milliseconds, or as soon as the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const NS_PER_MS = 1e6;

/** The clocks of this host. */
export const hostClock: Clock = {
  now: Date.now,
  monotonic: () => Number(process.hrtime.bigint()) / NS_PER_MS,
  boot: async () => ({ id: await bootId(), uptimeSeconds: uptime() }),
  sleep: async (ms, signal) => {
    // An aborted sleep just ends early.
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** Cached: no process outlives its boot. */
let linuxBootId: string | null = null;

/** Linux has an ID for each boot; elsewhere the boot time, rounded to ten seconds, has to serve. */
async function bootId(): Promise<string> {
  try {
    linuxBootId ??= (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    return linuxBootId;
  } catch {
    return `boot-${Math.round((Date.now() / 1000 - uptime()) / 10)}`;
  }
}
