import type { Redis } from "ioredis";
import { PageReader } from "./page-reader.js";
import type { EntryPlaces } from "./reply-page.js";
import { ReplyReader, type Reply } from "./simple-reply.js";

const STAR = 0x2a;

/** A question under way. */
interface Pending {
  /** Where the reply is collected, if it is a page of entries. */
  readonly page: PageReader | null;
  readonly answer: (reply: Reply | EntryPlaces) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Asks over the socket of a client that has connected and logged in, in its stead: ioredis makes a buffer of each name
 * and each value, which takes longer than all that is done with them here. The client still owns the socket, and is
 * asked nothing any more.
 */
export class Pipe {
  readonly #socket: Redis["stream"];
  readonly #timeoutMs: number;
  readonly #pending: Pending[] = [];
  /** Reads a reply that is no page, and has begun; null for none. */
  #simple: ReplyReader | null = null;
  /** Whether the reply at hand is one that a page has begun to collect. */
  #inPage = false;
  #pageSize = 0;

  constructor(client: Redis, timeoutMs: number) {
    this.#socket = client.stream;
    this.#timeoutMs = timeoutMs;
    // Its reader of replies: nobody else listens to data.
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

  /** The same for a page of entries. */
  async askPage(...words: readonly string[]): Promise<EntryPlaces> {
    const page = new PageReader(this.#pageSize);
    const entries = (await this.#ask(words, page)) as EntryPlaces;
    this.#pageSize = page.size;
    return entries;
  }

  #ask(words: readonly string[], page: PageReader | null): Promise<Reply | EntryPlaces> {
    return new Promise((answer, fail) => {
      if (this.#socket.destroyed || !this.#socket.writable) {
        fail(new Error("Connection is closed."));
        return;
      }
      // What comes too late is still taken out of the stream of replies, and leads nowhere.
      const timer = setTimeout(() => {
        fail(new Error("Command timed out"));
      }, this.#timeoutMs);
      this.#pending.push({ page, answer, fail, timer });
      this.#socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
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
    for (let at = 0; at < chunk.length; ) {
      const [head] = this.#pending;
      if (head === undefined) throw new TypeError("Protocol error: a reply without a question");
      const end = head.page !== null && this.#isPage(chunk, at) ? this.#takePage(head.page, chunk, at) : this.#takeReply(head, chunk, at);
      if (end < 0) return;
      at = end;
    }
  }

  /** An error in place of entries is a reply as any other. */
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
