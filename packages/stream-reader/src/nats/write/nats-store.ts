import { randomUUID } from "node:crypto";
import { compareIds, MIN_ID, QscError, type EntryId } from "@qsc/contract";
import { lineOf } from "../../event-log/write/line.js";
import { QuickReader } from "../../fast-path/quick-reader.js";
import type { NewEntry } from "../../ports/sink.js";
import type { Timeouts } from "../../ports/timeouts.js";
import type { SinkStore } from "../../sink/store.js";
import { NatsConnection } from "../connection.js";
import { jetStreamCodeOf, natsError, type Asked } from "../errors.js";
import type { NatsLocation } from "../location.js";
import { messagesFrom } from "../read/find.js";
import { newestWithId } from "../read/newest-id.js";
import type { StreamState } from "../stream-state.js";

/** The server's answers to a message that does not come right after the one that it names. */
const WRONG_SEQUENCE = 10_071;
const WRONG_MESSAGE = 10_070;
/** What the headers of a message take of the server's limit, in bytes. */
const HEADER_BYTES = 512;

/** The end of the stream: what the next message comes after. */
interface Tip {
  readonly sequence: number;
  readonly id: EntryId;
}

/**
 * One stream of JetStream as a store. Each message is a line of an event log.
 *
 * The server takes any message; it is this store that makes IDs rise. The first message of a call is accepted only if
 * the stream's last sequence number is the one at which its last ID was read, and every other only after the one before
 * it. So a message of a call that was given up can be stored later only if nothing has been stored since.
 */
export class NatsStore implements SinkStore {
  readonly label: string;
  readonly stream: string;
  readonly repaired: null = null;
  readonly aheadRemedy: string =
    "Stop every writer, and delete that message (nats stream rmm) or publish to another subject.";
  readonly #location: NatsLocation;
  readonly #timeouts: Timeouts;
  readonly #asked: Asked;
  readonly #closing = new AbortController();
  #connection: NatsConnection | null = null;
  /** Null if it must be looked up. */
  #tip: Tip | null = null;

  constructor(location: NatsLocation, stream: string, timeouts: Timeouts) {
    this.label = location.label;
    this.stream = stream;
    this.#location = location;
    this.#timeouts = timeouts;
    this.#asked = { label: location.label, stream, writes: true };
  }

  add(entries: readonly NewEntry[]): Promise<boolean> {
    return this.#over(async (connection) => {
      const tip = this.#tip ?? (await this.#look(connection));
      const [first] = entries;
      if (first !== undefined && compareIds(first.id, tip.id) <= 0) return false;
      const lines = entries.map((entry) => this.#lineOf(entry, connection.maxPayload));
      this.#tip = null;
      const answers = await this.#publish(connection, lines, tip);
      const failure = answers.find((answer) => answer.status === "rejected");
      if (failure !== undefined) {
        const code = jetStreamCodeOf(failure.reason);
        if (code !== WRONG_SEQUENCE && code !== WRONG_MESSAGE) throw natsError(this.#asked, failure.reason);
        // Another writer came first, perhaps in between. What was stored is found there; the rest was refused.
        return false;
      }
      const [last, stored] = [entries.at(-1), answers.at(-1)];
      if (last !== undefined && stored?.status === "fulfilled") this.#tip = { sequence: stored.value, id: last.id };
      return true;
    });
  }

  lastId(): Promise<EntryId> {
    return this.#over(async (connection) => (await this.#look(connection)).id);
  }

  /** Reads from the first of the entries on. Called only after failures, and for IDs that came too late. */
  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]> {
    return this.#over(async (connection) => {
      const there = entries.map(() => false);
      const ids = entries.map(({ id }) => id).sort(compareIds);
      const [least, most] = [ids[0], ids.at(-1)];
      if (least === undefined || most === undefined) return there;
      const wanted = new Map<EntryId, number[]>();
      entries.forEach(({ id }, at) => wanted.set(id, [...(wanted.get(id) ?? []), at]));
      for await (const { item } of messagesFrom(connection, await this.#state(connection), least)) {
        if (item.id !== null && compareIds(item.id, most) > 0) break;
        if (item.kind !== "entry") continue;
        const { fields } = item;
        for (const at of wanted.get(item.id) ?? []) {
          const asked = entries[at]?.fields ?? [];
          if (asked.length === fields.length && asked.every((text, n) => text === fields[n])) there[at] = true;
        }
      }
      return there;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#disconnect();
  }

  /** All at once: each names the one before it, so none is stored without it. */
  #publish(
    connection: NatsConnection,
    lines: readonly string[],
    tip: Tip,
  ): Promise<readonly PromiseSettledResult<number>[]> {
    // Not the same twice, or the server would take a repeated message for stored without looking where it is.
    const call = randomUUID();
    return Promise.allSettled(
      lines.map((line, at) =>
        connection.publish(
          line,
          `${call}.${at}`,
          at === 0 ? { lastSequence: tip.sequence } : { lastMsgID: `${call}.${at - 1}` },
        ),
      ),
    );
  }

  #lineOf(entry: NewEntry, maxPayload: number): string {
    const line = lineOf(entry).trimEnd();
    const bytes = Buffer.byteLength(line) + HEADER_BYTES;
    if (bytes <= maxPayload) return line;
    throw new QscError(
      "usage",
      `An entry cannot be published: ${entry.id} makes a message of ${bytes} bytes, and ${this.label} takes at most ${maxPayload}; raise max_payload of nats-server.`,
    );
  }

  async #look(connection: NatsConnection): Promise<Tip> {
    const state = await this.#state(connection);
    const newest = await newestWithId(connection, state);
    this.#tip = { sequence: state.last, id: newest?.item.id ?? MIN_ID };
    return this.#tip;
  }

  async #state(connection: NatsConnection): Promise<StreamState> {
    const state = await connection.info();
    if (state === null) throw natsError(this.#asked, new Error("no stream matches subject"));
    return state;
  }

  async #over<T>(question: (connection: NatsConnection) => Promise<T>): Promise<T> {
    if (this.#connection?.isOpen !== true) {
      await this.#disconnect();
      this.#connection = await NatsConnection.open(this.#location, this.#asked, {
        timeouts: this.#timeouts,
        reader: new QuickReader(),
        ends: this.#closing.signal,
      });
    }
    try {
      return await question(this.#connection);
    } catch (error) {
      await this.#disconnect();
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    this.#tip = null;
    await connection?.close();
  }
}
