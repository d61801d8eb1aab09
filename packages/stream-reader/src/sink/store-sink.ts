import { compareIds, MIN_ID, QscError, type EntryId } from "@qsc/contract";
import { aheadOf, type Ahead } from "./ahead.js";
import { invalidOption } from "../ports/options.js";
import type { EventSink, NewEntry, Repair } from "../ports/sink.js";
import { Publisher } from "./publisher.js";
import { Serial } from "./serial.js";
import type { Signer } from "../signature/sign-entry.js";
import type { SinkStore } from "./store.js";

/** The sink's clock, and who is told if the last ID is ahead of it. */
export interface AheadOptions {
  readonly now: () => number;
  readonly onAhead: (ahead: Ahead | null) => void;
}

const UNHEARD: AheadOptions = { now: Date.now, onAhead: () => undefined };

/** A store as a sink: runs one call after another, and refuses calls after it is closed. */
export class StoreSink implements EventSink {
  readonly #store: SinkStore;
  readonly #publisher: Publisher;
  readonly #calls = new Serial();
  readonly #aheadOptions: AheadOptions;
  #lastId: EntryId = MIN_ID;
  #told = false;
  #closing: Promise<void> | null = null;

  /** @param signer signs each entry; null if none is signed */
  constructor(store: SinkStore, aheadOptions: AheadOptions = UNHEARD, signer: Signer | null = null) {
    this.#store = store;
    this.#aheadOptions = aheadOptions;
    this.#publisher = new Publisher(store, signer);
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

  get ahead(): Ahead | null {
    const { label, stream, aheadRemedy: remedy } = this.#store;
    const name = stream === null ? label : `the stream '${stream}' of ${label}`;
    return aheadOf({ name, remedy }, this.#lastId, this.#aheadOptions.now());
  }

  async lastId(): Promise<EntryId> {
    this.#assertOpen();
    return this.#calls.run(async () => {
      const lastId = await this.#store.lastId();
      this.#meet(lastId);
      return lastId;
    });
  }

  async append(entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
    this.#assertOpen();
    assertList(entries);
    const given = [...entries];
    return this.#calls.run(async () => {
      const ids = await this.#publisher.append(given);
      this.#meet(await this.#newest(ids));
      return ids;
    });
  }

  /** The last ID after an append. If it is in the future, asks again: it may have been corrected. */
  async #newest(ids: readonly EntryId[]): Promise<EntryId> {
    const newest = ids.reduce((a, b) => (compareIds(a, b) > 0 ? a : b), MIN_ID);
    if (compareIds(newest, this.#lastId) > 0) return newest;
    // The entries are written, so a failure to find out the last ID must not fail the append.
    return this.ahead === null ? this.#lastId : this.#store.lastId().catch(() => this.#lastId);
  }

  /** Notes the last ID. Reports once when it is in the future, and once when it no longer is. */
  #meet(lastId: EntryId): void {
    this.#lastId = lastId;
    const { ahead } = this;
    if ((ahead !== null) === this.#told) return;
    this.#told = ahead !== null;
    try {
      this.#aheadOptions.onAhead(ahead);
    } catch {
      // A listener that throws must not make written entries look unwritten.
    }
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

function assertList(entries: unknown): void {
  if (!Array.isArray(entries)) throw invalidOption("entries", entries, "a list of entries");
}
