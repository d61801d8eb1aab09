import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "./world.js";

const NS_PER_MS = 1e6;

/** The clocks of this host. */
export const hostClock: Clock = {
  now: Date.now,
  monotonic: () => Number(process.hrtime.bigint()) / NS_PER_MS,
  boot: async () => ({ id: await bootId(), uptimeSeconds: uptime() }),
  sleep: async (ms, signal) => {
    // A sleep that is aborted is of no further use.
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** No process outlives its boot. */
let linuxBootId: string | null = null;

/** Linux tells one boot from the next; elsewhere the time of the boot, to ten seconds, has to do. */
async function bootId(): Promise<string> {
  try {
    linuxBootId ??= (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    return linuxBootId;
  } catch {
    return `boot-${Math.round((Date.now() / 1000 - uptime()) / 10)}`;
  }
}
