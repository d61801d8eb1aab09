import { QscError } from "@qsc/contract";
import type { Report } from "./isolated.js";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What `/health` answers. */
export interface Health {
  /** Answered as 200, or 503. */
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
  /** Told what went wrong while a request was answered; the client hears 500. */
  readonly onError: Report;
}

export interface ObservationServer {
  /** `http://127.0.0.1:9464`, with the port that was really taken. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/health` (200 or 503) and `/metrics`.
 * @throws QscError `invalid_config` when the address cannot be listened on.
 */
export async function serveObservations(host: string, port: number, answers: Answers): Promise<ObservationServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      answer(response, 405, "text/plain", "only GET is answered here\n");
      return;
    }
    route(request.url ?? "/", answers, response).catch((thrown: unknown) => {
      answers.onError("request", thrown);
      if (!response.headersSent) answer(response, 500, "text/plain", "the answer could not be made; see the log\n");
    });
  });
  await listen(server, host, port);
  // A connection that cannot be taken, as there are too many files open.
  server.on("error", (error) => { answers.onError("server", error); });
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
    answer(response, 404, "text/plain", "here are /health and /metrics\n");
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
      `HEALTH_HOST '${host}' and HEALTH_PORT ${port} cannot be listened on (${why}); choose a free port, or 0 for any.`,
      { cause },
    );
  }
}
