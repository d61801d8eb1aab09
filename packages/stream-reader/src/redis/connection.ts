import type { EntryId } from "@qsc/contract";
import type { QuickReader } from "../quick/quick-reader.js";
import { openClient, type Client, type Timeouts } from "./client.js";
import { redisError, type Asked } from "./errors.js";
import { placesOf, type ReplyEntry } from "./entry.js";
import type { RedisLocation } from "./location.js";
import { BytesPage, type ReplyPage } from "./reply-page.js";
import { askStreamInfo, type StreamInfo } from "./stream-info.js";

/** The few questions that are asked of a Redis. Every one rejects with a coded QscError. */
export interface RedisConnection {
  /** Null when there is no such key. */
  info(): Promise<StreamInfo | null>;
  /** At most `count` entries between two bounds, which are IDs or, exclusive, `(<id>`. */
  range(from: string, to: string, count: number): Promise<ReplyPage>;
  /** The same, newest first. */
  reverseRange(from: string, to: string, count: number): Promise<ReplyPage>;
  type(): Promise<string>;
  /** The server's clock, in milliseconds since 1970. */
  time(): Promise<number>;
  /** False once the connection is lost; there is no reconnecting one. */
  readonly isOpen: boolean;
  close(): void;
}

/** An exclusive lower or upper bound. */
export function beyond(id: EntryId): string {
  return `(${id}`;
}

/** Connects once, see `openClient`. `observe` sees every answer to `info` in the order in which the server gave them. */
export async function connect(
  location: RedisLocation,
  stream: string,
  timeouts: Timeouts,
  observe: (info: StreamInfo | null) => void,
  reader: QuickReader,
): Promise<RedisConnection> {
  const asked: Asked = { label: location.label, stream };
  return connectionOf(await openClient(location, asked, timeouts), asked, observe, reader);
}

function connectionOf(
  client: Client,
  asked: Asked,
  observe: (info: StreamInfo | null) => void,
  reader: QuickReader,
): RedisConnection {
  const { stream } = asked;
  let closed = false;
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw redisError(asked, error);
    }
  }
  async function page(entries: Promise<readonly ReplyEntry[]>): Promise<ReplyPage> {
    return new BytesPage(placesOf(await entries), reader);
  }
  return {
    info: async () => {
      const info = await ask(() => askStreamInfo(client, stream));
      observe(info);
      return info;
    },
    range: (from, to, count) => ask(() => page(client.xrangeBuffer(stream, from, to, "COUNT", count))),
    reverseRange: (from, to, count) =>
      ask(() => page(client.xrevrangeBuffer(stream, to, from, "COUNT", count))),
    type: () => ask(() => client.type(stream)),
    time: () => ask(async () => clockOf(await client.time())),
    get isOpen() {
      return !closed && client.status === "ready";
    },
    close: () => {
      closed = true;
      client.disconnect();
    },
  };
}

function clockOf([seconds, micros]: readonly (number | string)[]): number {
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
