import { QscError } from "@qsc/contract";
import type * as JetStream from "@nats-io/jetstream";
import type { QuickReader } from "../fast-path/quick-reader.js";
import { orAbort } from "../ports/pause.js";
import type { ClockReading } from "../ports/source.js";
import type { Timeouts } from "../ports/timeouts.js";
import { openClient, type Client } from "./client.js";
import { natsError, type Asked } from "./errors.js";
import type { NatsLocation } from "./location.js";
import { messageOf, millisOf, nanosOf, type Message } from "./message.js";
import { Puller, type Chunk } from "./puller.js";
import { streamOf, type StreamState } from "./stream-state.js";

/** The longest that closing waits for the server, in milliseconds. */
const TIDY_MS = 500;

/** At most this many messages are asked for one by one. */
const FEW = 32;

/** What the source and the sink ask a NATS server. Each question rejects with a coded QscError, within a limit. */
export class NatsConnection {
  readonly #client: Client;
  readonly #asked: Asked;
  readonly #reader: QuickReader;
  readonly #limitMs: number;
  #puller: Puller | null = null;
  #name: string | null = null;

  private constructor(client: Client, asked: Asked, reader: QuickReader, limitMs: number) {
    this.#client = client;
    this.#asked = asked;
    this.#reader = reader;
    this.#limitMs = limitMs;
  }

  /** Connects once, see `openClient`. */
  static async open(
    location: NatsLocation,
    asked: Asked,
    {
      timeouts,
      reader,
      ends,
    }: { readonly timeouts: Timeouts; readonly reader: QuickReader; readonly ends: AbortSignal },
  ): Promise<NatsConnection> {
    const client = await openClient(location, asked, timeouts, ends);
    return new NatsConnection(client, asked, reader, timeouts.commandMs);
  }

  /** False once the connection is lost. It does not reconnect. */
  get isOpen(): boolean {
    return !this.#client.connection.isClosed();
  }

  /** The largest message that the server accepts, in bytes. */
  get maxPayload(): number {
    return this.#client.connection.info?.max_payload ?? 0;
  }

  /** The stream that stores the subject; null if there is none. */
  info(): Promise<StreamState | null> {
    return this.#ask(async () => {
      const { streams } = this.#client.manager;
      this.#name ??= await streams.find(this.#asked.stream);
      try {
        return streamOf(await streams.info(this.#name), this.#asked);
      } catch (error) {
        this.#name = null;
        throw error;
      }
    }).catch((error: unknown) => {
      if (error instanceof QscError && error.code === "source_missing") return null;
      throw error;
    });
  }

  /** The first message at or after a sequence number; null if there is none. */
  next(sequence: number): Promise<Message | null> {
    // The client's type has this form for direct requests only; the server takes it for both.
    const query: JetStream.NextMsgRequest = { seq: sequence, next_by_subj: this.#asked.stream };
    return this.#message(query as unknown as JetStream.MsgRequest);
  }

  /** The newest message; null if there is none. */
  newest(): Promise<Message | null> {
    return this.#message({ last_by_subj: this.#asked.stream });
  }

  /** At most `count` messages between two sequence numbers, from the first on: all that are still there. */
  read(from: number, to: number, count: number): Promise<Chunk> {
    const few = Math.min(count, to - from + 1);
    if (few <= FEW) return this.#each(from, from + few - 1);
    return this.#ask(async () => {
      this.#puller ??= new Puller(this.#client, await this.#stream(), this.#reader);
      const first = async (sequence: number): Promise<number | null> => (await this.next(sequence))?.sequence ?? null;
      return this.#puller.read({ from, to, count }, first);
    });
  }

  /** The same, each asked for by its number, all at once: for a few that is sooner done than with a consumer. */
  async #each(from: number, to: number): Promise<Chunk> {
    const numbers = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    const found = await Promise.all(numbers.map((seq) => this.#message({ seq })));
    return { messages: found.filter((message) => message !== null), to };
  }

  /** The server's clock: when it says that it made something just now. */
  time(): Promise<ClockReading> {
    return this.#ask(async () => {
      const { manager } = this.#client;
      const stream = await this.#stream();
      const asked = performance.now();
      const made = await manager.consumers.add(stream, {
        ack_policy: "none",
        deliver_policy: "new",
        mem_storage: true,
        inactive_threshold: 1e9,
      });
      const lasted = Math.ceil(performance.now() - asked);
      await manager.consumers.delete(stream, made.name);
      const ms = millisOf(nanosOf(made.created));
      if (Number.isNaN(ms)) throw new Error(`its time is ${made.created}`);
      return { lowMs: ms, highMs: ms + lasted + 1 };
    });
  }

  /**
   * Publishes a message.
   * @returns its sequence number
   * @throws the client's own error
   */
  async publish(payload: string, msgId: string, expect: Partial<JetStream.StreamExpectations>): Promise<number> {
    const { seq } = await this.#client.jetstream.publish(this.#asked.stream, payload, { msgID: msgId, expect });
    return seq;
  }

  async close(): Promise<void> {
    // A server that does not answer removes the consumer by itself.
    const tidied = this.isOpen ? this.#puller?.drop() : undefined;
    if (tidied !== undefined) await orAbort(tidied, AbortSignal.timeout(TIDY_MS)).catch(() => undefined);
    await this.#client.connection.close();
  }

  #message(query: JetStream.MsgRequest): Promise<Message | null> {
    return this.#ask(async () => {
      const found = await this.#client.manager.streams.getMessage(await this.#stream(), query);
      if (found === null) return null;
      return messageOf({ sequence: found.seq, nanos: nanosOf(found.timestamp), data: found.data }, this.#reader);
    });
  }

  async #stream(): Promise<string> {
    return (this.#name ??= await this.#client.manager.streams.find(this.#asked.stream));
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await orAbort(question(), AbortSignal.timeout(this.#limitMs));
    } catch (error) {
      throw natsError(this.#asked, error);
    }
  }
}
