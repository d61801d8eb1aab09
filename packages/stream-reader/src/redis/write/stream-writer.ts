import { MIN_ID, type EntryId } from "@qsc/contract";
import type { Cluster } from "ioredis";
import { askOwner } from "../ask-owner.js";
import { causeOf, type Client } from "../client.js";
import { redisError, type Asked } from "../errors.js";
import { streamInfoOf } from "../read/stream-info.js";
import { namingType } from "../wrong-type.js";
import type { NewEntry } from "../../ports/sink.js";
import type { Store } from "../../sink/store.js";
import { ADD_SCRIPT } from "./add-script.js";

const BEHIND = /equal or smaller than the target stream top item|exhausted the last possible ID/;

/** The store over one connection. */
export class StreamWriter implements Store {
  readonly #client: Client;
  readonly #asked: Asked;
  readonly #maxLength: string;

  constructor(client: Client, asked: Asked, maxLength: number | null) {
    this.#client = client;
    this.#asked = asked;
    this.#maxLength = maxLength === null ? "" : String(maxLength);
  }

  /** False once the connection is lost. */
  get isOpen(): boolean {
    return this.#client.status === "ready";
  }

  close(): void {
    this.#client.disconnect();
  }

  add(entries: readonly NewEntry[]): Promise<boolean> {
    const words = entries.flatMap(({ id, fields }) => [id, String(fields.length), ...fields]);
    return this.#ask(async () => {
      try {
        await this.#client.call("eval", [ADD_SCRIPT, "1", this.#asked.stream, this.#maxLength, ...words]);
        return true;
      } catch (error) {
        if (error instanceof Error && BEHIND.test(error.message)) return false;
        throw error;
      }
    });
  }

  lastId(): Promise<EntryId> {
    return this.#ask(async () => {
      const info = await streamInfoOf(this.#info());
      return info?.lastGeneratedId ?? MIN_ID;
    });
  }

  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]> {
    return this.#ask(() => Promise.all(entries.map((entry) => this.#holds(entry))));
  }

  /** From the node that has the stream, if there are several. */
  #info(): Promise<unknown> {
    const { stream } = this.#asked;
    return this.#client.isCluster
      ? askOwner(this.#client as Cluster, stream, "xinfo", "STREAM", stream)
      : this.#client.callBuffer("XINFO", "STREAM", stream);
  }

  async #holds({ id, fields }: NewEntry): Promise<boolean> {
    const [found] = await this.#client.xrangeBuffer(this.#asked.stream, id, id);
    const there = found?.[1] ?? [];
    return there.length === fields.length && fields.every((text, at) => there[at]?.equals(Buffer.from(text)));
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    const type = (): Promise<string> => this.#coded(() => this.#client.type(this.#asked.stream));
    return namingType(this.#asked, type, () => this.#coded(question));
  }

  async #coded<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw redisError(this.#asked, causeOf(this.#client, error));
    }
  }
}
