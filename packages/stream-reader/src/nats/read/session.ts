import { QscError } from "@qsc/contract";
import { QuickReader } from "../../fast-path/quick-reader.js";
import type { Timeouts } from "../../ports/timeouts.js";
import { NatsConnection } from "../connection.js";
import type { Asked } from "../errors.js";
import type { NatsLocation } from "../location.js";
import type { StreamState } from "../stream-state.js";

/** A reader's connection, which is made when it is needed, and again after a loss. */
export class Session {
  readonly #location: NatsLocation;
  readonly #stream: string;
  readonly #timeouts: Timeouts;
  readonly #reader = new QuickReader();
  readonly #closing = new AbortController();
  #connection: NatsConnection | null = null;
  #connecting: Promise<NatsConnection> | null = null;

  constructor(location: NatsLocation, stream: string, timeouts: Timeouts) {
    this.#location = location;
    this.#stream = stream;
    this.#timeouts = timeouts;
  }

  get label(): string {
    return this.#location.label;
  }

  /** Ends when the reader is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** A connection and the stream's state; null if there is no such stream. */
  async look(): Promise<{ readonly connection: NatsConnection; readonly state: StreamState | null }> {
    const connection = await this.#connected();
    return { connection, state: await connection.info() };
  }

  /** The same. @throws QscError `source_missing` if there is no such stream */
  async existing(): Promise<{ readonly connection: NatsConnection; readonly state: StreamState }> {
    const { connection, state } = await this.look();
    if (state === null) throw this.missing();
    return { connection, state };
  }

  missing(): QscError {
    return new QscError(
      "source_missing",
      `No stream of JetStream at ${this.label} stores the subject '${this.#stream}'; check the name (--stream is the subject) and the account, and that the stream was added.`,
    );
  }

  /** Drops the connection, so that the next one is new. */
  disconnect(): void {
    const connection = this.#connection;
    this.#connection = null;
    // Nothing of it is needed any longer, and a lost one cannot be closed in order.
    void connection?.close().catch(() => undefined);
  }

  assertOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new QscError("internal", `The source ${this.label} was read after it was closed.`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connecting?.catch(() => undefined);
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  async #connected(): Promise<NatsConnection> {
    this.assertOpen();
    if (this.#connection?.isOpen === true) return this.#connection;
    this.disconnect();
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<NatsConnection> {
    const asked: Asked = { label: this.label, stream: this.#stream };
    try {
      this.#connection = await NatsConnection.open(this.#location, asked, {
        timeouts: this.#timeouts,
        reader: this.#reader,
        ends: this.#closing.signal,
      });
      return this.#connection;
    } catch (error) {
      this.assertOpen();
      throw error;
    } finally {
      this.#connecting = null;
    }
  }
}
