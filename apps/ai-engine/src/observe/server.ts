import { QscError } from "@qsc/contract";
import type { Report } from "./isolated.js";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What `/health` answers. */
export interface Health {
  /** Status 200 or 503. */
  readonly ready: boolean;
  readonly [detail: string]: unknown;
}

/** What `/metrics` answers. */
export interface Exposition {
  readonly type: string;
  readonly text: string;
}

export interface Answers {
  readonly health: () => Health;
  readonly metrics: () => Promise<Exposition>;
  /** Called when answering a request failed. The client receives 500. */
  readonly onError: Report;
}

export interface ObservationServer {
  /** For example `http://127.0.0.1:9464`, with the actual port. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/health` (200 or 503) and `/metrics`.
 * @throws QscError `invalid_config` if it cannot listen on the address.
 */
export async function serveObservations(host: string, port: number, answers: Answers): Promise<ObservationServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      answer(response, 405, "text/plain", "only GET is supported here\n");
      return;
    }
    route(request.url ?? "/", answers, response).catch((thrown: unknown) => {
      answers.onError("request", thrown);
      if (!response.headersSent) answer(response, 500, "text/plain", "the request failed; see the log\n");
    });
  });
  await listen(server, host, port);
  // A connection that cannot be accepted, for example because too many files are open.
  server.on("error", (error) => {
    answers.onError("server", error);
  });
  const { address, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${taken}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function route(target: string, { health, metrics }: Answers, response: ServerResponse): Promise<void> {
  const [path] = target.split("?", 1);
  if (path === "/health") {
    const state = health();
    answer(response, state.ready ? 200 : 503, "application/json", `${JSON.stringify(state)}\n`);
  } else if (path === "/metrics") {
    const { type, text } = await metrics();
    answer(response, 200, type, text);
  } else {
    answer(response, 404, "text/plain", "not found; try /health or /metrics\n");
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "invalid_config",
      `Cannot listen on HEALTH_HOST '${host}' and HEALTH_PORT ${port} (${why}); choose a free port, or 0 for any.`,
      { cause },
    );
  }
}
