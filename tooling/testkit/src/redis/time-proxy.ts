import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TimeProxyOptions {
  /**
   * How late the answers to TIME come, in milliseconds, one after another; answers after the last of these come at
   * once.
   */
  readonly delaysMs?: readonly number[];
  /** How far the server's clock is ahead, in whole seconds; negative if it is behind. */
  readonly aheadSeconds?: number;
}

export interface TimeProxy extends AsyncDisposable {
  readonly port: number;
  /** How often TIME was asked. */
  readonly asked: number;
}

const TIME = /\$4\r\nTIME\r\n/i;
const REPLY = /^(\*2\r\n\$10\r\n)(\d{10})(\r\n)/;

/**
 * A proxy before a Redis, whose clock answers late or shows another time: `await using proxy = await
 * startTimeProxy(...)`.
 */
export async function startTimeProxy(
  serverPort: number,
  { delaysMs = [], aheadSeconds = 0 }: TimeProxyOptions = {},
): Promise<TimeProxy> {
  const sockets = new Set<Socket>();
  const delays = [...delaysMs];
  let asked = 0;
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
    let isTime = false;
    client.on("data", (data: Buffer) => {
      isTime = TIME.test(data.toString("latin1"));
      if (isTime) asked += 1;
      server.write(data);
    });
    server.on("data", (data: Buffer) => {
      if (!isTime) client.write(data);
      else {
        const shifted = data
          .toString("latin1")
          .replace(
            REPLY,
            (_, begin: string, seconds: string, end: string) => `${begin}${Number(seconds) + aheadSeconds}${end}`,
          );
        setTimeout(() => client.write(Buffer.from(shifted, "latin1")), delays.shift() ?? 0);
      }
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      return Promise.resolve();
    },
  };
}
