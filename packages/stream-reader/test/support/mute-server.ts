import { createServer } from "node:net";
import { onTestFinished } from "vitest";

/** A server that accepts connections and never answers. Returns its port. */
export async function muteServer(): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  const net = createServer((socket) => {
    socket.on("error", () => undefined);
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => net.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    net.close();
  });
  const address = net.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
