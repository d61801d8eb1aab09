import { canaryPaths } from "../../../src/operation/context.js";
import type { Machine } from "./machine.js";
import { rememberingLast } from "./remembering.js";

const PATHS = canaryPaths("/work");

/**
 * The longest that a canary may live once it is violated, or unless a living command has judged it, in milliseconds.
 */
export const LONGEST_LIFE_MS = 120_000;

/**
 * How long a canary served without protection, in the machine's time: from its violation, from the last judgement of a
 * watch, or from the end of the command that gave it its share.
 */
export class Life {
  /** The longest so far. */
  longestMs = 0;
  #protectedAtMs: number;
  #violatedAtMs: number | null = null;
  /** The command that acts on the canary, and so attends to it while it lives and runs. */
  attendant: { readonly dead: boolean; readonly frozen: boolean } | null = null;

  constructor(nowMs = 0) {
    this.#protectedAtMs = nowMs;
  }

  clone(): Life {
    const other = new Life(this.#protectedAtMs);
    other.longestMs = this.longestMs;
    other.#violatedAtMs = this.#violatedAtMs;
    // As it is now, whatever becomes of it.
    other.attendant = this.attendant && { dead: this.attendant.dead, frozen: this.attendant.frozen };
    return other;
  }

  /** For comparison. */
  toJSON(): unknown {
    return [this.longestMs, this.#protectedAtMs, this.#violatedAtMs, this.#isAttended()];
  }

  /** The canary is violated from now on, whatever is judged. */
  violated(nowMs: number): void {
    this.#violatedAtMs ??= nowMs;
  }

  /** A watch has judged the canary then, and found nothing. */
  judged(atMs: number): void {
    this.#protectedAtMs = Math.max(this.#protectedAtMs, atMs);
  }

  /** Time passes: calls whatever it triggers. */
  passing(machine: Machine, move: () => void): void {
    const isServed = servesCanary(machine) && !isPromoted(machine);
    const isProtected = !isServed || this.#isAttended();
    if (!isServed) this.#violatedAtMs = null;
    move();
    if (isProtected) this.#protectedAtMs = machine.monotonicMs;
    if (!isServed) return;
    this.longestMs = Math.max(this.longestMs, machine.monotonicMs - (this.#violatedAtMs ?? this.#protectedAtMs));
  }

  #isAttended(): boolean {
    return this.attendant !== null && !this.attendant.dead && !this.attendant.frozen;
  }
}

/** Whether any process serves a canary now. */
export function servesCanary({ engine, leftovers }: Machine): boolean {
  return [...(engine === null ? [] : [engine]), ...leftovers].some(({ canary }) => canary !== null);
}

/**
 * A canary with the whole vote that was watched to the end needs no protection. If the state is gone, the lease says
 * so.
 */
export function isPromoted({ disk }: Machine): boolean {
  const state = disk.read(PATHS.state);
  return state === null ? disk.read(PATHS.lease)?.startsWith("promoted") === true : saysPromoted(state);
}

const saysPromoted = rememberingLast((state) => state.includes('"phase": "promoted"'));
