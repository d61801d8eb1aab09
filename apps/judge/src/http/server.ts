import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { QscError } from "@qsc/contract";
import { inUrl, type ConsoleAddress } from "@qsc/rollout";
import type { Limits } from "../limits.js";
import { routeOf, type Found } from "../routes/table.js";
import { failure, send, type Answer } from "./answer.js";
import { drop } from "./body.js";
import type { Call } from "./call.js";
import { inTime } from "./in-time.js";
import { Refusal, REQUEST_REFUSALS } from "./refusal.js";

/** A client that has not sent its headers by then is disconnected, in milliseconds. */
const HEADERS_MS = 10_000;

/** Refusals that do not wait for a body to end: a client without a right to an answer would hold its connection. */
const AT_ONCE: ReadonlySet<number> = new Set([401, 403, 404, 405, 429]);
/** How much of a body is dropped then, and for how long, so that a client that is still sending sees the answer. */
const DROPPED = { bytes: 64 * 1024, ms: 1000 };

export interface ServerOptions {
  readonly address: ConsoleAddress;
  readonly limits: Limits;
  /** Whether requests must call this machine by one of its own names: there are no tokens that a web page lacks. */
  readonly checksHost: boolean;
  /** Answers a request that has a route. */
  readonly respond: (
    found: Found,
    query: string,
    call: Pick<Call, "request" | "signal" | "askForBody">,
  ) => Promise<Answer>;
  /** Called with each answer, and the route that it is of. */
  readonly onAnswer: (route: string, answer: Answer, seconds: number, isGone: boolean) => void;
  /** Called with what failed in place of an answer; the connection is closed then. */
  readonly onFault: (thrown: unknown) => void;
}

/** A server that listens. */
export interface JudgeServer {
  readonly url: string;
  /** Refuses what is new, waits for what is under way, and ends what has not ended in time. */
  drain(): Promise<void>;
}

/** @throws QscError `invalid_config` if it cannot listen on the address */
export async function startServer(options: ServerOptions): Promise<JudgeServer> {
  const { address, limits } = options;
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: HEADERS_MS,
    // Behind the limit of each request, which is told to the client.
    requestTimeout: limits.requestMs + HEADERS_MS,
    connectionsCheckingInterval: HEADERS_MS / 2,
  });
  server.maxConnections = limits.connections;
  // One that takes nothing of its answer is disconnected, too.
  server.setTimeout(limits.requestMs + HEADERS_MS);
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  let isEnding = false;
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const serving = { ...options, hosts: ownNames(address, port), isEnding: () => isEnding };
    respond(request, response, serving).catch((thrown: unknown) => {
      response.destroy();
      options.onFault(thrown);
    });
  };
  server.on("request", take);
  // Without it, the body of a client that is refused would be asked for all the same.
  server.on("checkContinue", take);
  return {
    url: `http://${inUrl(address.host, port)}/`,
    drain: async () => {
      isEnding = true;
      const closed = once(server, "close");
      server.close();
      const late = setTimeout(() => {
        server.closeAllConnections();
      }, limits.drainMs);
      await closed;
      clearTimeout(late);
    },
  };
}

async function listen(server: Server, { host, port }: ConsoleAddress): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "invalid_config",
      `The judge cannot listen on ${inUrl(host, port)} (${why}); name another address with --judge-listen.`,
      { cause },
    );
  }
}

function ownNames({ host }: ConsoleAddress, port: number): ReadonlySet<string> {
  return new Set(["127.0.0.1", "localhost", "::1", host].map((name) => inUrl(name, port)));
}

interface Serving extends ServerOptions {
  readonly hosts: ReadonlySet<string>;
  readonly isEnding: () => boolean;
}

/** Answers one request, whatever happens. */
async function respond(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { limits, onAnswer } = serving;
  const startedMs = performance.now();
  const { signal, isGone, stop } = untilGone(response, limits.requestMs);
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  let route = "none";
  let answer: Answer;
  try {
    const [path = "", query = ""] = splitUrl(request.url ?? "");
    requireHost(request, serving);
    const found = routeOf(request.method ?? "", path);
    route = `${found.route.method} ${found.route.path}`;
    if (serving.isEnding()) throw new Refusal("judge_ending", "The judge is ending: ask another one, or again soon.");
    const askForBody = (): void => {
      if (request.headers.expect === undefined) return;
      delete request.headers.expect;
      response.writeContinue();
    };
    answer = await inTime(serving.respond(found, query, { request, signal, askForBody }), signal);
  } catch (thrown) {
    answer = failure(signal.aborted ? untimely(request, isGone()) : thrown);
  }
  const isRead = !signal.aborted && (await dropped(request, answer.status, limits.bodyBytes, signal));
  stop();
  onAnswer(route, answer, (performance.now() - startedMs) / 1000, isGone());
  if (isGone()) return;
  send(response, answer, !isRead || serving.isEnding());
}

/** Drops the rest of a body; false: not all of it, so that the connection must end. */
function dropped(request: IncomingMessage, status: number, most: number, signal: AbortSignal): Promise<boolean> {
  // Of a body that did not come in time, a reader is still waiting.
  if (status === REQUEST_REFUSALS.request_timeout.status) return Promise.resolve(false);
  if (!AT_ONCE.has(status)) return inTime(drop(request, most), signal).catch(() => false);
  const soon = AbortSignal.any([signal, AbortSignal.timeout(DROPPED.ms)]);
  return inTime(drop(request, DROPPED.bytes), soon).catch(() => false);
}

/** Why there is no verdict: the client has left, which is told to no client, or the time was up. */
function untimely({ complete }: IncomingMessage, isGone: boolean): Refusal {
  if (isGone) return new Refusal("request_cut_off", "The client is gone.");
  if (!complete) return new Refusal("request_timeout", "The body was not sent in time: nothing of it was judged.");
  return new Refusal("judge_late", "There was no verdict in time. Ask for less, or again later.");
}

/** The text behind the host, in two parts: with an absolute address too, as proxies send it. */
function splitUrl(url: string): readonly string[] {
  const [path = "", ...rest] = url.replace(/^https?:\/\/[^/?#]*/i, "").split("?");
  return [path, rest.join("?")];
}

function requireHost({ headers }: IncomingMessage, { checksHost, hosts }: Serving): void {
  if (!checksHost || hosts.has((headers.host ?? "").toLowerCase())) return;
  throw new Refusal(
    "host_not_known",
    "A judge without tokens answers only to this machine's own names: 127.0.0.1 or localhost.",
  );
}

/** A signal for the end of a request: its client is gone, or its time is up. */
function untilGone(
  response: ServerResponse,
  mostMs: number,
): { readonly signal: AbortSignal; readonly isGone: () => boolean; readonly stop: () => void } {
  const controller = new AbortController();
  let isGone = false;
  response.on("close", () => {
    isGone = !response.writableFinished;
    controller.abort(new Error("the client is gone"));
  });
  const timer = setTimeout(() => {
    controller.abort(new Error("the time is up"));
  }, mostMs);
  return {
    signal: controller.signal,
    isGone: () => isGone,
    stop: () => {
      clearTimeout(timer);
    },
  };
}
