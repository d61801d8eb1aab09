import type { Machine } from "./machine.js";
import { PATHS, type Plant } from "./process.js";

const BEATS_MS = 10_000;

/** A lease that is renewed as long as there is a canary, whatever becomes of the judging process: a fault to plant. */
export const heartbeat: Plant = (context, machine) => {
  beat(machine);
  return context;
};

function beat(machine: Machine): void {
  const lease = machine.disk.read(PATHS.lease);
  if (lease?.startsWith("host-boot") === true) machine.disk.put(PATHS.lease, leaseFor(machine, 45, lease.length));
  machine.sleepUntil(machine.monotonicMs + BEATS_MS, machine, () => {
    beat(machine);
  });
}

/** A lease for this number of seconds from now. */
export function leaseFor({ bootNumber, uptimeSeconds }: Machine, seconds: number, width: number): string {
  return `${`host-boot-${bootNumber} ${Math.floor(uptimeSeconds + seconds)}`.padEnd(width - 1)}\n`;
}
