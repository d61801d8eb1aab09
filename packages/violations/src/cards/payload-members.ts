import type { Counted, Intent } from "@qsc/contract";
import { KindCounter, OTHERS, type FaultsState } from "./kind-counter.js";

/**
 * No real payload has more names than this. Beyond it, it is unknown which of the other members are numbers
 * somewhere.
 */
const MAX_NAMES = 4096;

/** Everything that a `MemberTally` has counted, as plain data. */
export interface MembersState {
  readonly numbers: readonly string[];
  readonly nulls: FaultsState;
}

/**
 * The members of version 1 payloads that are numbers in some decisions and null in others: there the writer lost a
 * number. Such telemetry also fails feature sanity, which treats every number of the payload as a feature.
 */
export class MemberTally {
  readonly #numbers = new Set<string>();
  readonly #nulls = new KindCounter();
  /** A reader returns the same object as long as the payloads have the same members. */
  #last: Intent["members"] = null;

  add({ members, id }: Pick<Intent, "members" | "id">): void {
    if (members === null) return;
    if (members !== this.#last) this.#addNumbers(members.numbers);
    this.#last = members;
    for (const name of members.nulls) this.#nulls.add(name, id);
  }

  take({ numbers, nulls }: MembersState): void {
    this.#addNumbers(numbers);
    this.#nulls.take(nulls);
  }

  state(): MembersState {
    return { numbers: [...this.#numbers], nulls: this.#nulls.state() };
  }

  /** Whether every member has its own count. */
  get isExact(): boolean {
    return this.#nulls.isExact && this.#numbers.size < MAX_NAMES;
  }

  /** The nulls that replaced numbers, by member. A member that is not known counts as a number. */
  lost(): readonly Counted[] {
    const isKnown = this.#numbers.size < MAX_NAMES;
    return this.#nulls.list().filter(({ what }) => !isKnown || what === OTHERS || this.#numbers.has(what));
  }

  #addNumbers(names: readonly string[]): void {
    for (const name of names) if (this.#numbers.size < MAX_NAMES) this.#numbers.add(name);
  }
}
