import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Call } from "./call.js";
import { Refusal } from "./refusal.js";

/** How much of a body may be sent, and how much it may be after decompression. */
export interface BodyLimits {
  readonly bodyBytes: number;
  readonly textBytes: number;
}

/**
 * The bytes of a body, decompressed, up to its end. If it does not come to its end, the last step throws: a reader
 * must not use the beginning.
 * @throws Refusal
 */
export async function* bodyOf(
  { request, signal, askForBody }: Pick<Call, "request" | "signal" | "askForBody">,
  { bodyBytes, textBytes }: BodyLimits,
): AsyncGenerator<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const isGzip = encoding === "gzip" || encoding === "x-gzip";
  if (!isGzip && encoding !== "identity")
    throw new Refusal(
      "type_not_accepted",
      `The body is compressed as '${encoding.slice(0, 40)}'; send it as gzip or as it is.`,
    );
  requireLength(request, bodyBytes);
  askForBody();
  const sent = bounded(sentBytes(request), bodyBytes, "is sent");
  for await (const bytes of bounded(isGzip ? gunzipped(sent) : sent, textBytes, "is after decompression")) {
    // What is there of it already would be judged to its end, for no client.
    signal.throwIfAborted();
    yield bytes;
  }
  // A body that was cut off has failed before; this is what the rule says, for whatever Node does.
  if (!request.complete) throw cutOff();
}

function requireLength(request: IncomingMessage, most: number): void {
  const length = Number(request.headers["content-length"] ?? 0);
  if (!(length <= most)) throw tooLarge(most, "is sent");
}

async function* sentBytes(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // The connection stays open after an error here, so that the client can be told.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch {
    throw cutOff();
  }
}

async function* bounded(chunks: AsyncIterable<Buffer>, most: number, when: string): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw tooLarge(most, when);
    yield chunk;
  }
}

async function* gunzipped(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
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
    if (cause instanceof Refusal) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal("request_cut_off", `The body is gzip that cannot be read to its end: ${why}.`);
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  // An empty body is not gzip, and what follows the last member is left out without an error.
  if (given === 0 || gunzip.bytesWritten < given)
    throw new Refusal("request_cut_off", "The body is not gzip up to its end, as Content-Encoding says.");
}

function cutOff(): Refusal {
  return new Refusal("request_cut_off", "The body ended before its end: nothing of it was judged.");
}

function tooLarge(most: number, when: string): Refusal {
  return new Refusal(
    "body_too_large",
    `The body has more than ${most} bytes as it ${when}; send less of it at a time.`,
  );
}

/** Reads the rest of a body and drops it, so that a client that is still sending sees the answer; false: not all of it. */
export async function drop(request: IncomingMessage, most: number): Promise<boolean> {
  if (request.readableEnded || request.destroyed) return request.complete;
  const length = Number(request.headers["content-length"] ?? 0);
  if (!(length <= most) || request.headers.expect !== undefined) return false;
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > most) return false;
    }
    return request.complete;
  } catch {
    return false;
  }
}
