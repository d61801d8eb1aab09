import { QscError, type EntryId } from "@qsc/contract";
import type { EventSink, NewEntry, Repair } from "./port.js";
import { Publisher } from "./publisher.js";
import { Serial } from "./serial.js";
import type { Store } from "./store.js";

/** A store that is opened and closed, and can be named. */
export interface SinkStore extends Store {
  readonly label: string;
  readonly stream: string | null;
  readonly repaired: Repair | null;
  close(): Promise<void>;
}

/** A store as a sink: one call after another, none after its end. */
export class StoreSink implements EventSink {
  readonly #store: SinkStore;
  readonly #publisher: Publisher;
  readonly #calls = new Serial();
  #closing: Promise<void> | null = null;

  constructor(store: SinkStore) {
    this.#store = store;
    this.#publisher = new Publisher(store);
  }

  get label(): string {
    return this.#store.label;
  }

  get stream(): string | null {
    return this.#store.stream;
  }

  get repaired(): Repair | null {
    return this.#store.repaired;
  }

  async lastId(): Promise<EntryId> {
    this.#assertOpen();
    return this.#calls.run(() => this.#store.lastId());
  }

  async append(entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
    this.#assertOpen();
    const given = [...entries];
    return this.#calls.run(() => this.#publisher.append(given));
  }

  close(): Promise<void> {
    this.#closing ??= this.#calls.run(() => this.#store.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertOpen(): void {
    if (this.#closing === null) return;
    throw new QscError("internal", `The sink ${this.label} was used after it was closed.`);
  }
}
