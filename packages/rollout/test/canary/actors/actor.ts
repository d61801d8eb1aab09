import type { Effects } from "../model/effects.js";
import type { Machine } from "../model/machine.js";

/** Who else acts on a host during a canary. */
type ActorClass = "another local user" | "an operator" | "a clock" | "a process that does not die";

/** One thing that another actor does, at any moment of any command. */
export interface Actor {
  readonly name: string;
  readonly class: ActorClass;
  /** What it has done before the command begins. */
  readonly begins?: (machine: Machine) => void;
  /** What it does at that moment, to the machine or to the process that is halfway through. */
  readonly acts: (machine: Machine, effects: Effects) => void;
  /** What an operator cleans up in the end; missing if nothing is needed. */
  readonly ends?: (machine: Machine) => void;
  /** Whether its action may break the log's chain, which is then detected. */
  readonly breaksLog?: boolean;
  /** Whether the watching unit must run after the command: it has to notice what this does to the dead-man. */
  readonly isWatched?: boolean;
}
