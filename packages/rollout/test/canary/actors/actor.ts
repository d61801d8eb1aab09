import type { Effects } from "../model/effects.js";
import type { Machine } from "../model/machine.js";

/** Who else acts on a host while a canary lives. */
type ActorClass = "another local user" | "an operator" | "a clock" | "a process that does not die";

/** One thing that another does, at any moment of any command. */
export interface Actor {
  readonly name: string;
  readonly class: ActorClass;
  /** What it has done before the command begins. */
  readonly begins?: (machine: Machine) => void;
  /** What it does at the moment, to the machine or to the process that is in the middle of it. */
  readonly acts: (machine: Machine, effects: Effects) => void;
  /** What an operator clears up in the end; without it nothing needs to be. */
  readonly ends?: (machine: Machine) => void;
  /** Whether what it does may break the log's chain, which is then found. */
  readonly breaksLog?: boolean;
  /** Whether the unit that watches is to run after the command: it has to notice what this does to the dead-man. */
  readonly isWatched?: boolean;
}
