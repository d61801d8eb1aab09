import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { QscError } from "@qsc/contract";
import { unreadable } from "./faults.js";

/** What stands for standard input. */
const STDIN = "-";

/** A name for messages and documents. */
export function shownName(path: string): string {
  return path === STDIN ? "standard input" : path;
}

/**
 * The bytes of a file, or of standard input for `-`; decompressed if they are gzip, whatever the name says.
 * @throws QscError `source_missing`, `source_unreadable`, `predictions_unreadable` for gzip that is cut off, or followed
 * by something else
 */
export async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const raw = chunksOf(path);
  const first = await atLeast(raw, 2);
  if (first.length === 0) throw unreadable(path, "is empty");
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const whole = startingWith(first, raw);
  yield* isGzip ? gunzipped(whole, path) : whole;
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  if (path !== STDIN) await requireFile(path);
  const stream = path === STDIN ? process.stdin : createReadStream(path);
  try {
    for await (const chunk of stream) yield Buffer.from(chunk as Uint8Array);
  } catch (cause) {
    throw new QscError("source_unreadable", `${shownName(path)} cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const words = isMissing ? "does not exist; check the path" : `cannot be read: ${messageOf(cause)}`;
    throw new QscError(isMissing ? "source_missing" : "source_unreadable", `${path} ${words}.`, { cause });
  });
  if (found.isDirectory())
    throw new QscError(
      "source_unreadable",
      `${path} is a directory; name one file, or write a dash for standard input.`,
    );
}

/** The first bytes, at least this number if there are as many. */
async function atLeast(chunks: AsyncGenerator<Buffer>, least: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  let bytes = 0;
  while (bytes < least) {
    const next = await chunks.next();
    if (next.done === true) break;
    taken.push(next.value);
    bytes += next.value.length;
  }
  return Buffer.concat(taken);
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* gunzipped(compressed: AsyncGenerator<Buffer>, path: string): AsyncGenerator<Buffer> {
  let given = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of compressed) {
      given += chunk.length;
      yield chunk;
    }
  };
  const gunzip = createGunzip();
  const input = Readable.from(counted());
  input.on("error", (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    throw unreadable(path, `is gzip that cannot be read to its end: ${messageOf(cause)}`, cause);
  }
  // What follows the last member is left out without an error.
  if (gunzip.bytesWritten < given)
    throw unreadable(path, `is gzip, followed by ${given - gunzip.bytesWritten} bytes that are not`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
