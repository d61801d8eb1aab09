import type { EntryId } from "@qsc/contract";
import { openClient } from "../client.js";
import type { Timeouts } from "../../ports/timeouts.js";
import type { Asked } from "../errors.js";
import type { RedisLocation } from "../location.js";
import type { NewEntry } from "../../ports/sink.js";
import type { SinkStore } from "../../sink/store.js";
import { StreamWriter } from "./stream-writer.js";

/**
 * One Redis Stream as a store. It connects when first needed, and again after every failure. A command fails instead of
 * waiting unseen in a queue, and after a failover the sentinels or the cluster are asked again.
 */
export class RedisStore implements SinkStore {
  readonly label: string;
  readonly stream: string;
  readonly repaired: null = null;
  readonly aheadRemedy: string =
    "Neither XDEL nor XTRIM lowers the last ID: publish to another stream, or stop every writer and DEL this one, which loses its entries.";
  readonly #location: RedisLocation;
  readonly #timeouts: Timeouts;
  readonly #maxLength: number | null;
  #writer: StreamWriter | null = null;

  constructor(location: RedisLocation, stream: string, timeouts: Timeouts, maxLength: number | null) {
    this.label = location.label;
    this.stream = stream;
    this.#location = location;
    this.#timeouts = timeouts;
    this.#maxLength = maxLength;
  }

  add(entries: readonly NewEntry[]): Promise<boolean> {
    return this.#over((writer) => writer.add(entries));
  }

  lastId(): Promise<EntryId> {
    return this.#over((writer) => writer.lastId());
  }

  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]> {
    return this.#over((writer) => writer.holds(entries));
  }

  close(): Promise<void> {
    this.#disconnect();
    return Promise.resolve();
  }

  async #over<T>(question: (writer: StreamWriter) => Promise<T>): Promise<T> {
    if (this.#writer?.isOpen !== true) {
      this.#disconnect();
      this.#writer = await this.#connect();
    }
    try {
      return await question(this.#writer);
    } catch (error) {
      this.#disconnect();
      throw error;
    }
  }

  async #connect(): Promise<StreamWriter> {
    const asked: Asked = { label: this.label, stream: this.stream, writes: true };
    return new StreamWriter(await openClient(this.#location, asked, this.#timeouts), asked, this.#maxLength);
  }

  #disconnect(): void {
    this.#writer?.close();
    this.#writer = null;
  }
}
