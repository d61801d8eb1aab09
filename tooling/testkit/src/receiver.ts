import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** What the receiver answers. `hang` never answers. */
export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** What it answers from now on. */
  reply: (arrival: Arrival) => Reply | "hang" | "cut";
  /** Resolves once this many requests have arrived. */
  count(wanted: number): Promise<readonly Arrival[]>;
  close(): Promise<void>;
}

/** A real HTTP server on a port of its own, which keeps what it gets. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const arrival = { method, path, headers, body: Buffer.concat(parts).toString("utf8"), atMs: Date.now() };
      arrivals.push(arrival);
      const reply = receiver.reply(arrival);
      if (reply === "cut") request.socket.destroy();
      else if (reply !== "hang") response.writeHead(reply.status, reply.headers).end(reply.body ?? "ok");
      for (const wake of waiting) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  };
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    reply: () => ({ status: 200 }),
    count: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (arrivals.length < wanted) return;
          waiting.delete(look);
          resolve(arrivals);
        };
        waiting.add(look);
        look();
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
  return receiver;
}
