import type { Counted, Intent } from "@qsc/contract";
import { Faults, OTHERS, type FaultsState } from "./faults.js";

/** More names than this are no payload's: which of the others are numbers somewhere is then not known. */
const MAX_NAMES = 4096;

/** All that a `MemberTally` has counted, as plain data. */
export interface MembersState {
  readonly numbers: readonly string[];
  readonly nulls: FaultsState;
}

/**
 * The members of version 1 payloads that are numbers in some decisions and null in others: there the writer lost a
 * number. The same telemetry fails feature sanity, which takes every number of the payload for a feature.
 */
export class MemberTally {
  readonly #numbers = new Set<string>();
  readonly #nulls = new Faults();
  /** A reader gives the same members as long as the payloads are alike. */
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

  /** Whether nothing is counted together. */
  get isExact(): boolean {
    return this.#nulls.isExact && this.#numbers.size < MAX_NAMES;
  }

  /** The nulls that were numbers, by member. What is not known of any is taken for one. */
  lost(): readonly Counted[] {
    const isKnown = this.#numbers.size < MAX_NAMES;
    return this.#nulls.list().filter(({ what }) => !isKnown || what === OTHERS || this.#numbers.has(what));
  }

  #addNumbers(names: readonly string[]): void {
    for (const name of names) if (this.#numbers.size < MAX_NAMES) this.#numbers.add(name);
  }
}
