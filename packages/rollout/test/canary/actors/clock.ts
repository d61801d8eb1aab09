import type { Actor } from "./actor.js";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

const jump = (name: string, ms: number): Actor => ({
  name,
  class: "a clock",
  acts: (machine) => {
    machine.jump(ms);
  },
});

/** The wall clock, which any process may set; and a host that sleeps. */
export const CLOCKS: readonly Actor[] = [
  jump("jumps two hours ahead", 2 * HOUR_MS),
  jump("jumps two hours back", -2 * HOUR_MS),
  jump("jumps 40 s ahead", 40 * SECOND_MS),
  jump("jumps 40 s back", -40 * SECOND_MS),
  {
    name: "stands still for an hour of sleep",
    class: "a clock",
    acts: (machine) => {
      machine.suspend(HOUR_MS);
    },
  },
];
