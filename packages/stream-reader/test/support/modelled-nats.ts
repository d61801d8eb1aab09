import { StorageType, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { firstIdAt, idTime, MIN_ID, type EntryId } from "@qsc/contract";
import { lineOf } from "../../src/event-log/write/line.js";

/** What may happen to a stream of JetStream. `at` is a position in it, in percent. */
export type NatsDeed =
  | { readonly kind: "add"; readonly count: number }
  | { readonly kind: "purge" | "delete" | "delete-last"; readonly at: number }
  | { readonly kind: "remake"; readonly later: boolean; readonly count: number };

/** More than 10 s after the time of storing, which then confirms that an ID is before the beginning of a range. */
const AHEAD = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;

/** A stream on a real nats-server, and what happened to each of its entries. */
export class ModelledNats {
  /** Everything ever added to the stream that is there now, by sequence number. */
  added: EntryId[] = [];
  present: EntryId[] = [];
  /** How often another stream replaced it. */
  generation = 0;
  readonly name: string;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  #ms = AHEAD;

  constructor(manager: JetStreamManager, client: JetStreamClient, name: string) {
    this.#manager = manager;
    this.#client = client;
    this.name = name;
  }

  async make(): Promise<void> {
    await this.#manager.streams.add({ name: this.name, subjects: [this.name], storage: StorageType.Memory });
  }

  async do(deed: NatsDeed): Promise<void> {
    if (deed.kind === "add") await this.#add(deed.count);
    else if (deed.kind === "remake") {
      await this.#manager.streams.delete(this.name);
      await this.make();
      if (!deed.later) this.#ms = AHEAD;
      [this.added, this.present] = [[], []];
      this.generation += 1;
      await this.#add(deed.count);
    } else await this.#remove(deed.kind, deed.at);
  }

  /** A time at one of the entries, perhaps one that is gone, or between two. */
  time(at: number): number {
    const gone = this.added.filter((id) => !this.present.includes(id));
    if (at % 3 === 0 && gone.length > 0) return idTime(gone[Math.floor((at / 100) * gone.length)] ?? MIN_ID);
    const [first = 1, last = 1] = [this.added[0], this.added.at(-1)].map((id) => idTime(id ?? MIN_ID));
    return Math.floor((first + (at / 100) * (last - first + 15)) / 5) * 5;
  }

  async #remove(kind: "purge" | "delete" | "delete-last", at: number): Promise<void> {
    const index = Math.floor((at / 100) * this.present.length);
    const chosen = kind === "delete-last" ? this.present.at(-1) : this.present[index];
    if (chosen === undefined) return;
    const sequence = this.added.indexOf(chosen) + 1;
    if (kind === "purge") {
      await this.#manager.streams.purge(this.name, { seq: sequence });
      this.present = this.present.slice(index);
    } else {
      await this.#manager.streams.deleteMessage(this.name, sequence);
      this.present = this.present.filter((id) => id !== chosen);
    }
  }

  async #add(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => firstIdAt((this.#ms += 10)));
    await Promise.all(ids.map((id) => this.#client.publish(this.name, lineOf({ id, fields: ["n", "x"] }))));
    this.added.push(...ids);
    this.present.push(...ids);
  }
}
