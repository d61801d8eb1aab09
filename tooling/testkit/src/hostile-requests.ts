import { gzipSync } from "node:zlib";
import { createRandom, type Random } from "./telemetry/random.js";

/** A request that is not to be judged as a pass: its bytes, and how the connection is ended after them. */
export interface HostileRequest {
  /** What is wrong with it. */
  readonly what: string;
  readonly bytes: Buffer;
  /** `end`: the client has sent all; `reset`: it is gone at once; `wait`: it waits for the answer. */
  readonly then: "end" | "reset" | "wait";
}

type Headers = Readonly<Record<string, string | number>>;
type Attack = (random: Random, path: string) => HostileRequest;

const PREDICTIONS = 240;

/** Predictions that pass, in JSON: what is done to them is all that is wrong. */
export function healthyPredictions(
  seed: number,
  count: number = PREDICTIONS,
): readonly { label: string; score: number }[] {
  const random = createRandom(seed);
  const labels = ["BUY", "SELL", "HOLD"] as const;
  return Array.from({ length: count }, () => ({
    label: labels[Math.floor(random.uniform() * 3)] ?? "HOLD",
    score: Math.round(random.uniform() * 1e4) / 1e4,
  }));
}

/** A request of a client that speaks HTTP as it should. */
function post(path: string, headers: Headers, body: Buffer): Buffer {
  const all = { host: "127.0.0.1", "content-type": "application/json", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
}

function sized(path: string, body: Buffer, headers: Headers = {}): Buffer {
  return post(path, { "content-length": body.length, ...headers }, body);
}

function chunked(body: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

const listOf = (random: Random): Buffer => Buffer.from(JSON.stringify(healthyPredictions(random.uniform() * 2 ** 32)));
const linesOf = (random: Random): Buffer =>
  Buffer.from(
    healthyPredictions(random.uniform() * 2 ** 32)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(""),
  );
/** A whole number from `from` to below `to`. */
const within = (random: Random, from: number, to: number): number => from + Math.floor(random.uniform() * (to - from));
const cut = (random: Random, body: Buffer): Buffer => body.subarray(0, within(random, 0, body.length));
const GZIP = { "content-encoding": "gzip" };
const LINES = { "content-type": "application/x-ndjson" };

function bytesOf(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: within(random, 0, most) }, () => within(random, 0, 256)));
}

/** A list in which one item is something else. */
function spoilt(random: Random, item: string): Buffer {
  const items = healthyPredictions(random.uniform() * 2 ** 32).map((one) => JSON.stringify(one));
  items[within(random, 0, items.length)] = item;
  return Buffer.from(`[${items.join(",")}]`);
}

const ITEMS = [
  "null",
  "[]",
  '"BUY"',
  "{}",
  '{"label":"BUY"}',
  '{"label":"BUY","score":1e400}',
  '{"label":"BUY","score":NaN}',
  '{"label":"BUY","score":"0.5"}',
  '{"label":"BUY","score":0.5,"score":0.6}',
  '{"label":{"a":1},"score":0.5}',
  '{"label":"BUY","score":0.5,"__proto__":{}}',
  '{"label":"UNHEARD OF","score":0.5}',
  '{"label":"BUY","score":2}',
  `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
  "[".repeat(20_000),
] as const;

const ATTACKS: Readonly<Record<string, Attack>> = {
  "a chunked body that ends early": (random, path) => {
    const whole = chunked(listOf(random), within(random, 1, 4000));
    return ended(random, post(path, { "transfer-encoding": "chunked" }, cut(random, whole)));
  },
  "fewer bytes than were announced": (random, path) => {
    const body = random.uniform() < 0.5 ? listOf(random) : linesOf(random);
    const type = body[0] === 0x5b ? {} : LINES;
    return ended(random, post(path, { "content-length": body.length, ...type }, cut(random, body)));
  },
  "a list that is cut off": (random, path) => waits(sized(path, cut(random, listOf(random)))),
  "gzip that is cut off": (random, path) => waits(sized(path, cut(random, gzipSync(listOf(random))), GZIP)),
  "gzip in chunks that is cut off": (random, path) => {
    const body = chunked(cut(random, gzipSync(listOf(random))), within(random, 1, 900));
    return waits(post(path, { "transfer-encoding": "chunked", ...GZIP }, body));
  },
  "gzip with a changed byte": (random, path) => {
    const body = gzipSync(listOf(random));
    // The header has bytes that mean nothing, and the last byte of the data has bits that do not.
    const data = within(random, 10, body.length - 9);
    const at = random.uniform() < 0.8 ? data : within(random, body.length - 8, body.length);
    body[at] = (body[at] ?? 0) ^ within(random, 1, 256);
    return waits(sized(path, body, GZIP));
  },
  "gzip with something behind it": (random, path) =>
    waits(sized(path, Buffer.concat([gzipSync(listOf(random)), Buffer.from([1]), bytesOf(random, 40)]), GZIP)),
  "what is not gzip": (random, path) => waits(sized(path, listOf(random), GZIP)),
  "gzip that is not announced": (random, path) => waits(sized(path, gzipSync(listOf(random)))),
  "a compression that is not read": (random, path) =>
    waits(sized(path, listOf(random), { "content-encoding": random.uniform() < 0.5 ? "br" : "gzip, gzip" })),
  "random bytes": (random, path) => waits(sized(path, bytesOf(random, 3000), random.uniform() < 0.5 ? {} : LINES)),
  "a byte that is not UTF-8": (random, path) => {
    const body = listOf(random);
    body[within(random, 0, body.length)] = 0xff;
    return waits(sized(path, body));
  },
  "something behind the list": (random, path) =>
    waits(
      sized(
        path,
        Buffer.concat([listOf(random), Buffer.from(["x", "[]", ",", "]", "\0"][within(random, 0, 5)] ?? "x")]),
      ),
    ),
  "an item that is not a prediction": (random, path) =>
    waits(sized(path, spoilt(random, ITEMS[within(random, 0, ITEMS.length)] ?? "null"))),
  "a line that is cut off": (random, path) => {
    const body = linesOf(random);
    // A cut at the end of a line leaves whole lines, of which there may be enough.
    return waits(sized(path, body.subarray(0, body.length - within(random, 2, 20)), LINES));
  },
  "a wrong size of a chunk": (random, path) => {
    const body = Buffer.from(`${random.hex(within(random, 1, 9))}zz\r\n${listOf(random).toString()}\r\n0\r\n\r\n`);
    return ended(random, post(path, { "transfer-encoding": "chunked" }, body));
  },
  "two lengths": (random, path) => {
    const body = listOf(random);
    return ended(random, sized(path, body, { "Content-Length": within(random, 0, body.length) }));
  },
  "a length and chunks": (random, path) => {
    const body = listOf(random);
    return ended(random, sized(path, chunked(body, 1000), { "transfer-encoding": "chunked" }));
  },
  "headers without an end": (random, path) => ({
    what: "",
    bytes: Buffer.from(`POST ${path} HTTP/1.1\r\nx: ${random.hex(within(random, 1, 30_000))}`),
    then: "end",
  }),
  "bytes that are not HTTP": (random) => ({ what: "", bytes: bytesOf(random, 600), then: "end" }),
  "a parameter that is not known": (random, path) =>
    waits(sized(`${path}?${random.hex(4)}=${random.hex(4)}`, listOf(random))),
  "a path of its own": (random) => waits(sized(`/${random.hex(6)}/%${random.hex(2)}/../v1/judgements`, listOf(random))),
};

/** It is gone in any of three ways: without a word, with an end, or by waiting. */
function ended(random: Random, bytes: Buffer): HostileRequest {
  return { what: "", bytes, then: random.uniform() < 0.7 ? "end" : "reset" };
}

function waits(bytes: Buffer): HostileRequest {
  return { what: "", bytes, then: "wait" };
}

/** Requests that a judge of predictions must not answer with a pass, the same ones for the same seed. */
export function hostileRequests(seed: number, count: number, path: string): readonly HostileRequest[] {
  const names = Object.keys(ATTACKS);
  return Array.from({ length: count }, (_, index) => {
    const what = names[index % names.length] ?? "";
    const attack = ATTACKS[what];
    if (attack === undefined) throw new Error(`there is no attack ${what}`);
    return { ...attack(createRandom(seed * 1_000_003 + index), path), what };
  });
}
