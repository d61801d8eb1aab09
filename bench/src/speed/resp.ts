import { once } from "node:events";
import { connect, type Socket } from "node:net";

const PAGE = 1000;

/** One command in Redis' protocol. */
function commandOf(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/** A page of a stream: the question, and the size of the answer in bytes. */
export interface RawPage {
  readonly question: string;
  readonly bytes: number;
}

/** A bare socket to a Redis. It knows only how long an answer is. */
export class RawRedis {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(url: string): Promise<RawRedis> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new RawRedis(socket);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Adds events in batches, and waits for their answers. */
  async add(key: string, events: Iterable<readonly string[]>): Promise<void> {
    let batch: string[] = [];
    const flush = async (): Promise<void> => {
      const lines = batch.length;
      this.#socket.write(batch.join(""));
      batch = [];
      // Every answer is `$15\r\n<id>\r\n`: two line ends.
      await this.#lines(2 * lines);
    };
    for (const words of events) {
      batch.push(commandOf(["XADD", key, ...words]));
      if (batch.length === PAGE) await flush();
    }
    if (batch.length > 0) await flush();
  }

  /** The pages of a stream with known IDs, each with the size of its answer. */
  async pagesOf(key: string, ids: Iterable<string>): Promise<readonly RawPage[]> {
    const pages: RawPage[] = [];
    const ask = async (from: string, to: string): Promise<void> => {
      const question = commandOf(["XRANGE", key, from, to, "COUNT", String(PAGE)]);
      // The answer to a PING sent after it marks its end.
      const pong = "+PONG\r\n";
      const bytes = (await this.#until(question + commandOf(["PING"]), pong)) - pong.length;
      pages.push({ question, bytes });
    };
    let from: string | null = null;
    let to = "";
    let held = 0;
    for (const id of ids) {
      from ??= id;
      to = id;
      held += 1;
      if (held < PAGE) continue;
      await ask(from, to);
      [from, held] = [null, 0];
    }
    if (from !== null) await ask(from, to);
    return pages;
  }

  /** Reads the pages one after the other and ignores their content. */
  async drain(pages: readonly RawPage[]): Promise<void> {
    for (const { question, bytes } of pages) {
      this.#socket.write(question);
      await this.#bytes(bytes);
    }
  }

  #bytes(wanted: number): Promise<void> {
    let left = wanted;
    return this.#each((chunk) => (left -= chunk.length) <= 0);
  }

  #lines(wanted: number): Promise<void> {
    let left = wanted;
    return this.#each((chunk) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) left -= 1;
      return left <= 0;
    });
  }

  async #until(question: string, end: string): Promise<number> {
    let bytes = 0;
    let tail = "";
    this.#socket.write(question);
    await this.#each((chunk) => {
      bytes += chunk.length;
      tail = (tail + chunk.subarray(-end.length).toString("latin1")).slice(-end.length);
      return tail === end;
    });
    return bytes;
  }

  /** Passes every chunk to `take` until it has enough. */
  #each(take: (chunk: Buffer) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        if (!take(chunk)) return;
        this.#socket.off("data", onData).off("error", reject);
        resolve();
      };
      this.#socket.on("data", onData).on("error", reject);
    });
  }
}
