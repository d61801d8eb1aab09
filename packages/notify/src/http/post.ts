import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { inertText } from "@qsc/contract";
import { DeliveryError, type Accepted } from "../channels/channel.js";
import { checkedLookup, type Target } from "./target.js";

/** A request to a receiver. */
export interface Post {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** The most that is read of an answer, in bytes, and the longest time for that, in milliseconds. */
const MOST_READ = 4_096;
const READ_MS = 1_000;

/**
 * Sends one request, and resolves if the answer is 2xx. Redirects are not followed: they could lead anywhere.
 * @throws DeliveryError
 */
export async function post(
  { url, isOnlyLoopback }: Target,
  { method = "POST", headers, body, signal }: Post,
): Promise<Accepted> {
  const options: RequestOptions = {
    method,
    headers: {
      "user-agent": "qsc-notify",
      ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      ...headers,
    },
    lookup: checkedLookup(isOnlyLoopback),
    // A connection of its own for each message: there are few, and none is left over that the other side has closed.
    agent: false,
    signal,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(url, options, resolve);
    request.on("error", (error) => {
      reject(new DeliveryError(`no connection: ${error.message}`));
    });
    request.end(body);
  });
  const { statusCode = 0 } = response;
  const said = `HTTP ${statusCode}${await beginningOf(response)}`;
  if (statusCode >= 200 && statusCode < 300) return { said };
  if (statusCode >= 300 && statusCode < 400)
    throw new DeliveryError(
      `HTTP ${statusCode}: it redirects elsewhere, which is not followed. Write the final address`,
    );
  throw new DeliveryError(said, { retryAfterMs: retryAfterOf(response.headers["retry-after"]) });
}

/**
 * The beginning of an answer, as one line; empty if there is none, or it breaks off or does not end: the status counts.
 * It is not cut any shorter here: a part of a secret would not be known as one.
 */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const enough = setTimeout(() => response.destroy(), READ_MS);
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= MOST_READ) break;
    }
  } catch {
    // What has arrived so far is shown.
  }
  clearTimeout(enough);
  response.destroy();
  const text = inertText(Buffer.concat(parts).toString("utf8").trim().replace(/\s+/g, " "));
  return text === "" ? "" : `: ${text}`;
}

/** `Retry-After` in milliseconds: seconds, or a date; null if it is neither. */
export function retryAfterOf(value: string | undefined, now: number = Date.now()): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, at - now) : null;
}
