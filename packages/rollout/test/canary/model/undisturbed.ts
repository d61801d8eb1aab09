import type { Actor } from "../actors/actor.js";
import { Effects, type Observer, type SeenMoment } from "./effects.js";
import { fingerprint, surroundingsOf, textOf, type Surroundings } from "./fingerprint.js";
import type { Machine } from "./machine.js";

/** A moment of a command, and a machine like the one it ran on. */
interface Known extends Surroundings {
  readonly at: SeenMoment;
  /** What the command was told since the moment before. */
  readonly seen: string;
  readonly machine: Machine;
}

/** What a command does and is told if an actor does nothing. */
export class Undisturbed implements Observer {
  readonly moments: Known[] = [];
  readonly #machine: Machine;
  #seen: string[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  readonly moment = (at: SeenMoment): void => {
    const machine = this.#machine.fork();
    this.moments.push({ at, seen: this.#seen.join("\n"), machine, ...surroundingsOf(this.#machine) });
    this.#seen = [];
  };

  readonly seen = (value: unknown): void => {
    this.#seen.push(textOf(value));
  };
}

/** Finds the moments that make no difference to an actor. */
export class SameMoments {
  readonly #moments: readonly Known[];
  readonly #actor: Actor;
  /** For each moment, once it is needed: what the machine is like if the actor acts then. */
  readonly #acted = new Map<number, string>();

  constructor({ moments }: Undisturbed, actor: Actor) {
    this.#moments = moments;
    this.#actor = actor;
  }

  /**
   * Observes a run in which the actor acts at one moment. A later moment makes no difference if the command was told
   * until then what it would have been told without the actor, and the machine is as if the actor had acted then: its
   * run would be the same from there on.
   * @param same is told each of these
   */
  observer(
    machine: Machine,
    acted: Pick<SeenMoment, "effect" | "stage">,
    same: (moment: SeenMoment) => void,
  ): Observer {
    const began = this.#moments.findIndex(({ at }) => at.effect === acted.effect && at.stage === acted.stage);
    let next = began;
    let seen: string[] = [];
    let isAlike = began >= 0;
    return {
      moment: (at) => {
        if (!isAlike || before(at, acted)) return;
        const known = this.#moments[next];
        isAlike =
          known !== undefined && textOf(at) === textOf(known.at) && (next === began || seen.join("\n") === known.seen);
        seen = [];
        // Another process may be anywhere in its work.
        if (
          isAlike &&
          next > began &&
          machine.processes === 1 &&
          machine.guardRun === null &&
          this.#isAt(next, machine)
        )
          same(at);
        next += 1;
      },
      seen: (value) => {
        if (isAlike && next > began) seen.push(textOf(value));
      },
    };
  }

  #isAt(index: number, machine: Machine): boolean {
    return fingerprint(machine, surroundingsOf(machine)) === this.#actedAt(index);
  }

  #actedAt(index: number): string {
    const known = this.#acted.get(index);
    if (known !== undefined) return known;
    const moment = this.#moments[index];
    if (moment === undefined) throw new Error(`there is no moment ${index}`);
    const machine = moment.machine.fork();
    this.#actor.acts(machine, new Effects(machine, {}));
    const waits = [...moment.waits, ...machine.waits(null)].sort((a, b) => a - b);
    const text = fingerprint(machine, { waits, locks: moment.locks });
    this.#acted.set(index, text);
    return text;
  }
}

function before(at: Pick<SeenMoment, "effect" | "stage">, than: Pick<SeenMoment, "effect" | "stage">): boolean {
  return at.effect < than.effect || (at.effect === than.effect && at.stage < than.stage);
}
