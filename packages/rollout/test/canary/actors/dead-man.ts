import type { Machine } from "../model/machine.js";
import type { Actor } from "./actor.js";

const operator = (name: string, acts: (machine: Machine) => void, others: Partial<Actor> = {}): Actor => ({
  name,
  class: "an operator",
  acts,
  isWatched: true,
  ...others,
});

function stopTimer({ guard }: Machine): void {
  guard.running = false;
}

/** What an operator may do to the dead-man's timer, while a watch could notice. */
export const OF_THE_DEAD_MAN: readonly Actor[] = [
  operator("stops the dead-man", stopTimer),
  operator("disables the dead-man", ({ guard }) => {
    guard.enabled = false;
  }),
  operator(
    "stops and masks the dead-man",
    (machine) => {
      stopTimer(machine);
      machine.guardIsMasked = true;
    },
    {
      ends: (machine) => {
        machine.guardIsMasked = false;
      },
    },
  ),
];
