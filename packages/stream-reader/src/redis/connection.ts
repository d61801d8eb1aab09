import type { Cluster, Redis } from "ioredis";
import type { EntryId } from "@qsc/contract";
import type { QuickReader } from "../fast-path/quick-reader.js";
import { askOwner } from "./ask-owner.js";
import { causeOf, openClient, type Client } from "./client.js";
import type { Timeouts } from "../ports/timeouts.js";
import { redisError, type Asked } from "./errors.js";
import { placesOf, type ReplyEntry } from "./resp/entry.js";
import type { RedisLocation } from "./location.js";
import { Pipe } from "./resp/pipe.js";
import { BytesPage, type EntryPlaces, type ReplyPage } from "./resp/reply-page.js";
import { streamInfoOf, type StreamInfo } from "./read/stream-info.js";

/** The few questions we ask a Redis. Each rejects with a coded QscError. */
export interface RedisConnection {
  /** Null if there is no such key. */
  info(): Promise<StreamInfo | null>;
  /** At most `count` entries between two bounds: IDs, or `(<id>` to exclude that ID. */
  range(from: string, to: string, count: number): Promise<ReplyPage>;
  /** The same, newest first. */
  reverseRange(from: string, to: string, count: number): Promise<ReplyPage>;
  type(): Promise<string>;
  /** The server's clock, in milliseconds since 1970. */
  time(): Promise<number>;
  /** False once the connection is lost. It does not reconnect. */
  readonly isOpen: boolean;
  close(): void;
}

/** An exclusive lower or upper bound. */
export function beyond(id: EntryId): string {
  return `(${id}`;
}

/** What the connection is for. */
export interface Wanted {
  readonly stream: string;
  readonly timeouts: Timeouts;
  /** Called with every answer to `info`, in the order in which the server gave them. */
  readonly observe: (info: StreamInfo | null) => void;
  readonly reader: QuickReader;
  /** Gives up connecting. */
  readonly ends: AbortSignal;
}

/** Connects once, see `openClient`. */
export async function connect(
  location: RedisLocation,
  { stream, timeouts, observe, reader, ends }: Wanted,
): Promise<RedisConnection> {
  const asked: Asked = { label: location.label, stream };
  const client = await openClient(location, asked, timeouts, ends);
  const questions =
    location.kind === "cluster"
      ? questionsToCluster(client as Cluster, stream)
      : questionsTo(client as Redis, stream, timeouts.commandMs);
  return connectionOf(client, questions, asked, observe, reader);
}

/** Questions sent through a client or, faster, directly over its socket. */
interface Questions {
  readonly info: () => Promise<unknown>;
  readonly entries: (command: "XRANGE" | "XREVRANGE", from: string, to: string, count: number) => Promise<EntryPlaces>;
  readonly type: () => Promise<unknown>;
  readonly time: () => Promise<unknown>;
}

function questionsTo(client: Redis, stream: string, timeoutMs: number): Questions {
  const pipe = new Pipe(client, timeoutMs);
  return {
    info: () => pipe.ask("XINFO", "STREAM", stream),
    entries: (command, from, to, count) => pipe.askPage(count, command, stream, from, to),
    type: () => pipe.ask("TYPE", stream),
    time: () => pipe.ask("TIME"),
  };
}

/** A cluster has one socket per node, and only its client knows which node has the stream. */
function questionsToCluster(client: Cluster, stream: string): Questions {
  return {
    info: () => askOwner(client, stream, "xinfo", "STREAM", stream),
    entries: async (command, from, to, count) =>
      placesOf((await client.callBuffer(command, stream, from, to, "COUNT", count)) as readonly ReplyEntry[]),
    type: () => client.type(stream),
    time: () => askOwner(client, stream, "time"),
  };
}

function connectionOf(
  client: Client,
  questions: Questions,
  asked: Asked,
  observe: (info: StreamInfo | null) => void,
  reader: QuickReader,
): RedisConnection {
  let closed = false;
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw redisError(asked, causeOf(client, error));
    }
  }
  const page = (...question: Parameters<Questions["entries"]>): Promise<ReplyPage> =>
    ask(async () => new BytesPage(await questions.entries(...question), reader));
  return {
    info: async () => {
      const info = await ask(() => streamInfoOf(questions.info()));
      observe(info);
      return info;
    },
    range: (from, to, count) => page("XRANGE", from, to, count),
    reverseRange: (from, to, count) => page("XREVRANGE", to, from, count),
    type: () => ask(async () => String(await questions.type())),
    time: () => ask(async () => clockOf(await questions.time())),
    get isOpen() {
      return !closed && client.status === "ready";
    },
    close: () => {
      closed = true;
      client.disconnect();
    },
  };
}

function clockOf(reply: unknown): number {
  const [seconds, micros] = reply as readonly unknown[];
  return Number(String(seconds)) * 1000 + Math.floor(Number(String(micros)) / 1000);
}
