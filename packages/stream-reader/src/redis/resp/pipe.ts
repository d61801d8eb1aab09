import type { Duplex } from "node:stream";
import { PageReader } from "./page-reader.js";
import type { EntryPlaces } from "./reply-page.js";
import { ReplyReader, type Reply } from "./simple-reply.js";

const STAR = 0x2a;
/** Bytes of a long reply that must come within each time limit: fewer than that, and it hardly comes at all. */
const PROGRESS = 1024 * 1024;

/** A question that has not been answered yet. */
interface Pending {
  /** Collects the reply, if it is a page of entries. */
  readonly page: PageReader | null;
  readonly answer: (reply: Reply | EntryPlaces) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Sends commands over the socket of a client that has connected and logged in, bypassing the client: ioredis makes a
 * buffer of each name and value, which takes longer than everything we do with them. The client still owns the socket,
 * but must not be used for commands from then on.
 */
export class Pipe {
  readonly #socket: Duplex;
  readonly #timeoutMs: number;
  readonly #pending: Pending[] = [];
  /** Reads a reply that has begun and is not a page; null if there is none. */
  #simple: ReplyReader | null = null;
  /** Whether a page has begun to collect the current reply. */
  #inPage = false;
  #pageSize = 0;
  /** Bytes that have come since the pending questions' time began. */
  #arrived = 0;

  /** @param timeoutMs for a reply; begins again with each mebibyte of it, so that a large one is not late because of its size */
  constructor({ stream }: { readonly stream: Duplex }, timeoutMs: number) {
    this.#socket = stream;
    this.#timeoutMs = timeoutMs;
    // Removes the client's own reply reader, the only listener for data.
    this.#socket.removeAllListeners("data");
    this.#socket.on("data", (chunk: Buffer) => {
      this.#guarded(chunk);
    });
    let broken: Error | null = null;
    this.#socket.on("error", (error: Error) => {
      broken ??= error;
    });
    this.#socket.once("close", () => {
      this.#failAll(broken ?? new Error("Connection is closed."));
    });
  }

  /** @throws Error with what the server answers, `Command timed out`, or `Connection is closed.` */
  async ask(...words: readonly string[]): Promise<Reply> {
    return (await this.#ask(words, null)) as Reply;
  }

  /** The same, for a page of at most `count` entries. */
  async askPage(count: number, ...words: readonly string[]): Promise<EntryPlaces> {
    const page = new PageReader(count, this.#pageSize);
    const entries = (await this.#ask([...words, "COUNT", String(count)], page)) as EntryPlaces;
    this.#pageSize = page.size;
    return entries;
  }

  #ask(words: readonly string[], page: PageReader | null): Promise<Reply | EntryPlaces> {
    return new Promise((answer, fail) => {
      if (this.#socket.destroyed || !this.#socket.writable) {
        fail(new Error("Connection is closed."));
        return;
      }
      // A late reply is still read from the stream of replies, and dropped.
      const timer = setTimeout(() => {
        fail(new Error("Command timed out"));
      }, this.#timeoutMs);
      if (this.#pending.length === 0) this.#arrived = 0;
      this.#pending.push({ page, answer, fail, timer });
      this.#socket.write(
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`,
      );
    });
  }

  #guarded(chunk: Buffer): void {
    try {
      this.#take(chunk);
    } catch (thrown) {
      this.#failAll(thrown instanceof Error ? thrown : new Error(String(thrown)));
      this.#socket.destroy();
    }
  }

  #take(chunk: Buffer): void {
    this.#prolong(chunk.length);
    for (let at = 0; at < chunk.length;) {
      const [head] = this.#pending;
      if (head === undefined) throw new TypeError("Protocol error: a reply without a question");
      const end =
        head.page !== null && this.#isPage(chunk, at)
          ? this.#takePage(head.page, chunk, at)
          : this.#takeReply(head, chunk, at);
      if (end < 0) return;
      at = end;
    }
  }

  /** Replies come in the order of the questions: those that wait behind a long one have more time, too. */
  #prolong(bytes: number): void {
    this.#arrived += bytes;
    if (this.#arrived < PROGRESS) return;
    this.#arrived = 0;
    for (const { timer } of this.#pending) timer.refresh();
  }

  /** An error in place of entries is read like any other reply. */
  #isPage(chunk: Buffer, at: number): boolean {
    return this.#inPage || (this.#simple === null && chunk[at] === STAR);
  }

  #takePage(page: PageReader, chunk: Buffer, at: number): number {
    const end = page.take(chunk, at);
    this.#inPage = end < 0;
    if (end >= 0) this.#shift()?.answer(page.entries);
    return end;
  }

  #takeReply({ answer, fail }: Pending, chunk: Buffer, at: number): number {
    const reader = (this.#simple ??= new ReplyReader());
    const end = reader.take(chunk, at);
    if (end < 0) return -1;
    this.#simple = null;
    this.#shift();
    const { reply } = reader;
    if (reply instanceof Error) fail(reply);
    else answer(reply);
    return end;
  }

  #shift(): Pending | undefined {
    const head = this.#pending.shift();
    clearTimeout(head?.timer);
    return head;
  }

  #failAll(error: Error): void {
    for (let head = this.#shift(); head !== undefined; head = this.#shift()) head.fail(error);
  }
}
