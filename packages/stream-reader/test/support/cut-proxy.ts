import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A proxy before a server that breaks connections at a chosen byte. */
export interface CutProxy {
  readonly port: number;
  /** Breaks the next connection after this many bytes in this direction; the rest is lost. */
  cutAfter(direction: "to-server" | "to-client", bytes: number): void;
  /** Whether the last requested cut has happened. */
  readonly isCut: boolean;
}

export async function startCutProxy(serverPort: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let cut: { direction: "to-server" | "to-client"; left: number } | null = null;
  const proxy = createServer((client) => {
    const server = connect(serverPort, "127.0.0.1");
    const pass = (direction: "to-server" | "to-client", from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (data: Buffer) => {
        if (cut?.direction !== direction || data.length < cut.left) {
          if (cut?.direction === direction) cut.left -= data.length;
          to.write(data);
          return;
        }
        const last = data.subarray(0, cut.left);
        cut = null;
        to.write(last, () => {
          client.destroy();
          server.destroy();
        });
      });
    };
    pass("to-server", client, server);
    pass("to-client", server, client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cutAfter: (direction, bytes) => {
      cut = { direction, left: bytes };
    },
    get isCut() {
      return cut === null;
    },
  };
}
