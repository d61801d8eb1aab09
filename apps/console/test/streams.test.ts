import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { MOST_STREAMS, Streams } from "../src/http/streams.js";

test("pages that were closed before their first view was ready take no place from others", async () => {
  const streams = new Streams(() => undefined);
  const server = createServer().listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    for (let index = 0; index <= MOST_STREAMS; index += 1) {
      const asking = request({ host: "127.0.0.1", port, path: "/events" });
      asking.on("error", () => undefined);
      const asked = once(server, "request") as Promise<[unknown, ServerResponse]>;
      asking.end();
      const [, response] = await asked;
      const closed = once(response, "close");
      asking.destroy();
      await closed;
      expect(streams.add(response, "event: view\ndata: {}\n\n")).toBe(true);
    }
    expect(streams.size).toBe(0);
  } finally {
    streams.close();
    server.close();
  }
});
