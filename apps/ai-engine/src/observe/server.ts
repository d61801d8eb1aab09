import { QscError } from "@qsc/contract";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** What `/health` answers. */
export interface Health {
  /** Answered as 200, or 503. */
  readonly ready: boolean;
  readonly [detail: string]: unknown;
}

export interface Answers {
  readonly health: () => Health;
  readonly registry: Registry;
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
    void route(new URL(request.url ?? "/", "http://engine").pathname, answers, response);
  });
  await listen(server, host, port);
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

async function route(path: string, { health, registry }: Answers, response: ServerResponse): Promise<void> {
  if (path === "/health") {
    const state = health();
    answer(response, state.ready ? 200 : 503, "application/json", `${JSON.stringify(state)}\n`);
  } else if (path === "/metrics") {
    answer(response, 200, registry.contentType, await registry.metrics());
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
