import type { Trouble } from "../model/restarts.js";

/** What happens to the telemetry while its watch is restarted again and again. */
export const TROUBLES: readonly Trouble[] = [
  { name: "is healthy", happens: () => undefined },
  {
    name: "violates",
    happens: (machine) => {
      machine.publish("HODL");
    },
  },
  {
    name: "cannot be reached",
    happens: (machine) => {
      machine.turnSource("down");
      machine.life.violated(machine.monotonicMs);
      // It comes back for the rollback's proof: what is measured is how long the canary lived.
      machine.sleepUntil(machine.monotonicMs + 130_000, machine, () => {
        machine.turnSource("up");
      });
    },
  },
];
