import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What servers before 7.0 do not say about a stream. */
const NOT_SAID =
  /\$20\r\nmax-deleted-entry-id\r\n\$\d+\r\n[\d-]+\r\n|\$13\r\nentries-added\r\n:\d+\r\n|\$23\r\nrecorded-first-entry-id\r\n\$\d+\r\n[\d-]+\r\n/g;

/** A proxy that makes a server answer XINFO STREAM like one before 7.0. Replies must fit in one piece. */
export async function startForgetfulProxy(serverPort: number): Promise<{ readonly port: number }> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(serverPort, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
    }
    client.on("data", (data: Buffer) => server.write(data));
    server.on("data", (data: Buffer) => {
      const text = data
        .toString("latin1")
        .replace(NOT_SAID, "")
        .replace(/\*20\r\n(?=\$6\r\nlength)/g, "*14\r\n");
      client.write(Buffer.from(text, "latin1"));
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0 };
}
