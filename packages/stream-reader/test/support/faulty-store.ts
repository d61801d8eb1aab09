import { compareIds, MIN_ID, nextId, type EntryId } from "@qsc/contract";
import type { Random } from "@qsc-tooling/testkit";
import type { NewEntry } from "../../src/sink/index.js";
import type { Store } from "../../src/sink/store.js";

/**
 * A store over a bad network, with another writer: answers are lost, commands are lost, and some are carried out long
 * after the caller has given up.
 */
export class FaultyStore implements Store {
  readonly written: NewEntry[] = [];
  readonly #random: Random;
  #late: (readonly NewEntry[])[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(entries: readonly NewEntry[]): Promise<boolean> {
    this.#meanwhile();
    const luck = this.#random.uniform();
    if (luck < 0.15) return failed("the command was lost");
    if (luck < 0.3) {
      this.#late.push([...entries]);
      return failed("the command is under way");
    }
    const done = this.#carryOut(entries);
    if (luck < 0.5) return failed("the answer was lost");
    return Promise.resolve(done);
  }

  lastId(): Promise<EntryId> {
    this.#meanwhile();
    return this.#random.uniform() < 0.1 ? failed("no answer") : Promise.resolve(this.#last);
  }

  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]> {
    this.#meanwhile();
    if (this.#random.uniform() < 0.1) return failed("no answer");
    const there = new Set(this.written.map((entry) => JSON.stringify([entry.id, entry.fields])));
    return Promise.resolve(entries.map(({ id, fields }) => there.has(JSON.stringify([id, fields]))));
  }

  /** Carries out every pending command. */
  settle(): void {
    for (const entries of this.#late.splice(0)) this.#carryOut(entries);
  }

  get #last(): EntryId {
    return this.written.at(-1)?.id ?? MIN_ID;
  }

  #carryOut(entries: readonly NewEntry[]): boolean {
    const [first] = entries;
    if (first === undefined || compareIds(first.id, this.#last) <= 0) return false;
    this.written.push(...entries);
    return true;
  }

  /** What happens between two commands: late ones arrive in any order, and another writer writes. */
  #meanwhile(): void {
    this.#late = this.#late.filter((entries) => {
      if (this.#random.uniform() < 0.7) return true;
      this.#carryOut(entries);
      return false;
    });
    if (this.#random.uniform() < 0.2) {
      let id = nextId(this.#last);
      if (this.#random.uniform() < 0.5) id = `${BigInt(id.slice(0, id.indexOf("-"))) + 2n}-0`;
      this.#carryOut([{ id, fields: ["by", "other"] }]);
    }
  }
}

function failed(why: string): Promise<never> {
  return Promise.reject(new Error(why));
}
