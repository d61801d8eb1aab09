import type * as JetStream from "@nats-io/jetstream";
import type { QuickReader } from "../fast-path/quick-reader.js";
import { Serial } from "../sink/serial.js";
import type { Client } from "./client.js";
import { messageOf, type Message } from "./message.js";

/** Messages in the order of their sequence numbers. What is missing among them is not there. */
export interface Chunk {
  readonly messages: readonly Message[];
  /** The last sequence number that this chunk accounts for. */
  readonly to: number;
}

/** What to read: at most `count` messages with these sequence numbers. */
interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** A pull takes this long only if messages that it asked for are deleted meanwhile. */
const PULL_MS = 2000;
/** How long the server keeps a consumer that is not used, in nanoseconds. */
const KEPT_NANOS = 60e9;
/** How often a pull is repeated that gave nothing, though the stream has something. */
const PULLS = 5;

/** A consumer of ours on the server. It is not durable, acknowledges nothing, and lives in memory. */
interface Position {
  readonly name: string;
  readonly consumer: JetStream.Consumer;
  /** The first sequence number that was not delivered yet. */
  next: number;
  /** How many messages were delivered: the server counts them, so that none is lost on the way unnoticed. */
  delivered: number;
  /** How many more there were. */
  pending: number;
}

/** Reads a stream through one consumer, which it makes again where the reader jumps. */
export class Puller {
  readonly #client: Client;
  readonly #stream: string;
  readonly #reader: QuickReader;
  readonly #reads = new Serial();
  #position: Position | null = null;

  constructor(client: Client, stream: string, reader: QuickReader) {
    this.#client = client;
    this.#stream = stream;
    this.#reader = reader;
  }

  /**
   * One after another: a reader that was given up may still be reading.
   * @param first the first sequence number at or after one that still has a message; null if there is none
   */
  read(wanted: Wanted, first: (sequence: number) => Promise<number | null>): Promise<Chunk> {
    return this.#reads.run(() => this.#read(wanted, first));
  }

  async #read(wanted: Wanted, first: (sequence: number) => Promise<number | null>): Promise<Chunk> {
    const { from, to, count } = wanted;
    let failure: unknown = new Error(`timeout: nothing of message ${from} and later ones was delivered`);
    for (let pulls = 0; pulls < PULLS; pulls++) {
      const position = await this.#at(from);
      const most = Math.min(count, position.pending, to - from + 1);
      if (most > 0) {
        const messages: Message[] = [];
        try {
          await this.#pull(position, most, messages);
        } catch (error) {
          // The server removed the consumer, or the connection is lost: then making another one fails.
          failure = error;
        }
        if (position.next > from)
          return { messages: messages.filter(({ sequence }) => sequence <= to), to: Math.min(to, position.next - 1) };
      } else {
        // The consumer may know less than the stream for a moment. Only the stream says that nothing is there.
        const there = await first(from);
        if (there === null || there > to) return { messages: [], to };
      }
      await this.drop();
    }
    throw failure;
  }

  /** Removes the consumer from the server, which would otherwise do that by itself a minute later. */
  async drop(): Promise<void> {
    const position = this.#position;
    this.#position = null;
    if (position === null) return;
    await this.#client.manager.consumers.delete(this.#stream, position.name).catch(() => undefined);
  }

  async #at(from: number): Promise<Position> {
    const position = this.#position;
    if (position?.next === from) {
      if (position.pending > 0) return position;
      // If it is gone, the next one says the same.
      const info = await this.#client.manager.consumers.info(this.#stream, position.name).catch(() => null);
      if (info !== null) {
        position.pending = info.num_pending;
        return position;
      }
    }
    await this.drop();
    const made = await this.#client.manager.consumers.add(this.#stream, {
      ack_policy: "none",
      deliver_policy: "by_start_sequence",
      opt_start_seq: from,
      mem_storage: true,
      inactive_threshold: KEPT_NANOS,
    });
    const consumer = this.#client.jetstream.consumers.getConsumerFromInfo(made);
    this.#position = { name: made.name, consumer, next: from, delivered: 0, pending: made.num_pending };
    return this.#position;
  }

  async #pull(position: Position, most: number, messages: Message[]): Promise<void> {
    const pulled = await position.consumer.fetch({ max_messages: most, expires: PULL_MS });
    for await (const { seq: sequence, data, info } of pulled) {
      // One was lost on the way: what came before it is whole, and a new consumer gives the rest.
      if (info.deliverySequence !== position.delivered + 1) {
        this.#position = null;
        break;
      }
      position.delivered++;
      position.next = sequence + 1;
      position.pending = info.pending;
      messages.push(messageOf({ sequence, nanos: info.timestampNanos, data }, this.#reader));
    }
  }
}
