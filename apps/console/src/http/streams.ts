import type { ServerResponse } from "node:http";
import { headersOf } from "./answer.js";

/** At most this many pages are told of changes at once. */
export const MOST_STREAMS = 64;
/** A page that has not taken this many bytes is not waited for: its browser connects again. */
const MOST_UNSENT = 4 * 1024 * 1024;
/** A sign of life, in milliseconds: a page that hears nothing for longer says so. */
const ALIVE_MS = 2000;

/** The pages that are open, each with a stream of server-sent events. */
export class Streams {
  readonly #open = new Set<ServerResponse>();
  readonly #onUse: (isAny: boolean) => void;
  #timer: NodeJS.Timeout | null = null;

  /** @param onUse called when the first page is opened, and when the last one is closed */
  constructor(onUse: (isAny: boolean) => void) {
    this.#onUse = onUse;
  }

  /** How many pages are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Adds a page, unless it is closed already; false if there are too many. */
  add(response: ServerResponse, first: string): boolean {
    // Its `close` has come, and does not come again.
    if (response.destroyed) return true;
    if (this.#open.size >= MOST_STREAMS) return false;
    response.writeHead(
      200,
      headersOf({ type: "text/event-stream; charset=utf-8", headers: { "x-accel-buffering": "no" } }),
    );
    response.write(`retry: 1000\n\n${first}`);
    this.#open.add(response);
    if (this.#open.size === 1) this.#onUse(true);
    this.#timer ??= setInterval(() => {
      this.#write(event("alive", ""));
    }, ALIVE_MS);
    response.on("close", () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#rest();
    });
    return true;
  }

  /** Sends to all. */
  send(text: string): void {
    this.#write(text);
  }

  /** Ends all streams. */
  close(): void {
    this.#rest();
    for (const response of this.#open) response.end();
  }

  #rest(): void {
    this.#onUse(false);
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #write(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > MOST_UNSENT) response.destroy();
      else response.write(text);
    }
  }
}

/** One event. JSON has no line breaks, so that its data is one line. */
export function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
