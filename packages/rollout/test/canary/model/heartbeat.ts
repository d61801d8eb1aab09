import type { Machine } from "./machine.js";
import { PATHS, type Plant } from "./process.js";

const BEATS_MS = 10_000;

/** A lease that is renewed as long as a canary is there, whatever becomes of the process that judges: a fault to plant. */
export const heartbeat: Plant = (world, machine) => {
  beat(machine);
  return world;
};

function beat(machine: Machine): void {
  const lease = machine.disk.read(PATHS.lease);
  if (lease?.startsWith("host-boot") === true) machine.disk.put(PATHS.lease, leaseFor(machine, 45, lease.length));
  machine.sleepUntil(machine.monotonicMs + BEATS_MS, machine, () => { beat(machine); });
}

/** A lease for so many seconds from now. */
export function leaseFor({ bootNumber, uptimeSeconds }: Machine, seconds: number, width: number): string {
  return `${`host-boot-${bootNumber} ${Math.floor(uptimeSeconds + seconds)}`.padEnd(width - 1)}\n`;
}
