import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { QscError } from "@qsc/contract";
import { inUrl, type ConsoleAddress } from "@qsc/rollout";
import { send, words, type Answer } from "./answer.js";
import { allowedHosts, isAllowedHost } from "./host-check.js";
import { route, type Content } from "./routes.js";
import type { Streams } from "./streams.js";
import type { TokenGuard } from "./token.js";

const MOST_CONNECTIONS = 256;
/** A client that has not sent its request by then is disconnected, in milliseconds. */
const PATIENCE_MS = 10_000;
/**
 * One that takes nothing of its answer is disconnected, too: the answer would stay in memory. In milliseconds; Node waits
 * for this time once or twice. A page that is open is told something every 2 s.
 */
const STALLED_MS = 7_000;

export interface ServerOptions {
  readonly address: ConsoleAddress;
  readonly names: readonly string[];
  /** Null: everything is answered. */
  readonly guard: TokenGuard | null;
  readonly content: Content;
  readonly streams: Streams;
  /** The first event of a stream. */
  readonly greeting: () => Promise<string>;
  /** Called with what failed inside; the client learns only that something did. */
  readonly onError: (error: unknown) => void;
}

/** A server that listens. */
export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws QscError `invalid_config` if it cannot listen on the address */
export async function startServer(options: ServerOptions): Promise<ConsoleServer> {
  const { address, names, onError } = options;
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: PATIENCE_MS / 2,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(STALLED_MS);
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  const hosts = allowedHosts(address, port, names);
  server.on("error", onError);
  server.on("request", (request, response) => {
    const isHead = request.method === "HEAD";
    respond(request, response, hosts, options).catch((thrown: unknown) => {
      onError(thrown);
      if (response.headersSent) response.destroy();
      else send(response, words(500, "The console failed here; its output says why."), isHead);
    });
  });
  return {
    url: `http://${inUrl(address.host, port)}/`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      options.streams.close();
      server.closeAllConnections();
      await closed;
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
      `The console cannot listen on ${inUrl(host, port)} (${why}); name another address with --console-listen.`,
      { cause },
    );
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlySet<string>,
  { names, guard, content, streams, greeting }: ServerOptions,
): Promise<void> {
  const refusal = refusalOf(request, hosts, names) ?? unadmitted(request, guard);
  const isHead = request.method === "HEAD";
  if (refusal !== null) {
    send(response, refusal, isHead);
    return;
  }
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  if (path !== "/events") {
    send(response, await route(path, content), isHead);
    return;
  }
  if (isHead) send(response, { status: 200, type: "text/event-stream; charset=utf-8", body: "" }, true);
  else if (!streams.add(response, await greeting()))
    send(response, words(503, "Too many pages of the console are open; close some.", { "retry-after": "10" }), false);
}

/** Why a request is not for this console; null if it is. Nothing is changed here, whatever a request asks for. */
function refusalOf(request: IncomingMessage, hosts: ReadonlySet<string>, names: readonly string[]): Answer | null {
  if (!isAllowedHost(request.headers.host, hosts)) {
    const more = names.length === 0 ? "" : ` or ${names.join(", ")}`;
    return words(
      421,
      `This console is not called that. Use the address that it printed${more}; a proxy's name is set with --console-names.`,
    );
  }
  if (request.method === "GET" || request.method === "HEAD") return null;
  return words(405, "The console only shows: GET and HEAD are answered.", { allow: "GET, HEAD" });
}

function unadmitted(request: IncomingMessage, guard: TokenGuard | null): Answer | null {
  if (guard === null) return null;
  const admission = guard.admit(request.socket.remoteAddress ?? "", request.headers.authorization);
  if (admission === "admitted") return null;
  if (admission === "refused")
    return words(401, "A token is needed: as a bearer token, or as the password of any user.", {
      "www-authenticate": 'Basic realm="qsc console", charset="UTF-8"',
    });
  const seconds = Math.ceil(admission.waitMs / 1000);
  return words(429, `Too many wrong tokens: try again in ${seconds} s.`, { "retry-after": String(seconds) });
}
