import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSource } from "../../src/index.js";
import { ALL, codedError, collect } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

const SECRET = "s3cret-p@ss";
const encoded = encodeURIComponent(SECRET);

async function refused(url: string, options = {}) {
  const error = await codedError(openSource(url, options));
  // Everything a logger may print of it.
  expect(inspect(error, { depth: null })).not.toContain("s3cret");
  expect(error.message).toMatch(/^.{20,400}\.$/s);
  return error;
}

describe("a server that cannot be reached", () => {
  test("nothing listens", async () => {
    const redis = await server();
    await redis.kill();
    const error = await refused(`redis://u:${encoded}@127.0.0.1:${redis.port}`);
    expect(error).toMatchObject({ code: "source_unreachable", exitCode: 2 });
    expect(error.message).toContain(`Connection refused at redis://127.0.0.1:${redis.port}`);
  });

  test("unknown host", async () => {
    const error = await refused("redis://no-such-host.invalid");
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toMatch(/host of redis:\/\/no-such-host.invalid:6379/);
  });

  test("a TLS handshake that is never answered ends in time", async () => {
    const port = await listening(createServer());
    const error = await refused(`rediss://127.0.0.1:${port}`, { timeoutMs: 300 });
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toContain("did not accept the connection in time");
  });

  test("a server that accepts the connection and never answers", async () => {
    const port = await listening(createServer());
    expect((await refused(`redis://127.0.0.1:${port}`, { timeoutMs: 300 })).code).toBe("source_timeout");
  });

  test("something that is not a Redis", async () => {
    const http = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const error = await refused(`redis://127.0.0.1:${await listening(http)}`);
    expect(["source_unreadable", "source_unreachable"]).toContain(error.code);
  });
});

describe("a server that refuses", () => {
  test("no password, and a wrong one", async () => {
    const redis = await server({ requirePass: SECRET });
    const none = await refused(`redis://127.0.0.1:${redis.port}`);
    expect(none.code).toBe("source_auth");
    expect(none.message).toContain("requires a password");
    const wrong = await refused(`redis://:s3cret-wrong@127.0.0.1:${redis.port}`);
    expect(wrong.code).toBe("source_auth");
    expect(wrong.message).toContain("refuses the user name or password");
    const source = await opened(redis.url);
    expect(source.label).toBe(`redis://127.0.0.1:${redis.port}`);
  });

  test("a password when none is set", async () => {
    const redis = await server();
    expect((await refused(`redis://:${encoded}@127.0.0.1:${redis.port}`)).code).toBe("source_auth");
  });

  test("a database that does not exist is not silently replaced by another", async () => {
    const redis = await server();
    expect((await refused(`${redis.url}/99`)).message).toContain("DB index is out of range");
    await writer(redis).xadd(STREAM, "1-0", "a", "b");
    expect((await codedError((await opened(`${redis.url}/3`)).state())).code).toBe("source_missing");
  });

  test("an ACL user without XRANGE, without the key, and with what is needed", async () => {
    const user = (name: string, rules: string) => ({ name, password: SECRET, rules });
    const redis = await server({
      aclUsers: [
        user("norange", `~* -@all +xinfo +type +time`),
        user("nokey", `~other +@all`),
        user("reader", `~${STREAM} -@all +xrange +xrevrange +xinfo +type +time`),
      ],
    });
    await add(writer(redis), entries(3));
    const at = (name: string): string => `redis://${name}:${encoded}@127.0.0.1:${redis.port}`;
    const key = await refused(at("nokey"));
    expect(key.code).toBe("source_permission");
    const source = await opened(at("norange"));
    const command = await codedError(collect(source.pages(ALL)));
    expect(command.code).toBe("source_permission");
    expect(command.message).toContain("xrange");
    expect(await collect((await opened(at("reader"))).pages(ALL))).toHaveLength(1);
  });

  test("the error for a key of another type names the type", async () => {
    const redis = await server();
    await writer(redis).hset(STREAM, "a", "b");
    const error = await refused(redis.url);
    expect(error.code).toBe("source_wrong_type");
    expect(error.message).toContain("not a stream but a hash");
  });

  test("a server that is loading", async () => {
    const loading = createServer((socket) => {
      socket.on("data", () => socket.write("-LOADING Redis is loading the dataset in memory\r\n"));
    });
    const error = await refused(`redis://127.0.0.1:${await listening(loading)}`);
    expect(error.message).toContain("still loading");
  });
});

describe("TLS", () => {
  test("with its authority, by option and by URL; without; and without TLS", async () => {
    const redis = await server({ tls: true });
    const ca = redis.ca ?? "";
    expect((await codedError((await opened(redis.url, { ca })).state())).code).toBe("source_missing");
    await opened(`${redis.url}?ca=${encodeURIComponent(ca)}`);
    const untrusted = await refused(redis.url);
    expect(untrusted.code).toBe("source_unreachable");
    expect(untrusted.message).toMatch(/^TLS with .* failed/);
    const plain = await refused(redis.url.replace("rediss:", "redis:"));
    expect(plain.message).toContain("rediss://");
    expect((await refused(redis.url, { ca: `${ca}.missing` })).code).toBe("invalid_source");
  });

  test("if the server has none", async () => {
    const redis = await server();
    const error = await refused(redis.url.replace("redis:", "rediss:"));
    expect(error.code).toBe("source_unreachable");
  });
});

describe("while a range is read", () => {
  test("a server that hangs is a timeout", async () => {
    const redis = await server();
    await add(writer(redis), entries(3000));
    const source = await opened(redis.url, { timeoutMs: 400 });
    const reading = source.pages(ALL)[Symbol.asyncIterator]();
    await reading.next();
    redis.pause();
    onTestFinished(() => {
      redis.resume();
    });
    const rest = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    expect((await codedError(rest())).code).toBe("source_timeout");
  });

  test("a server that dies is unreachable, and no page pretends to be the last", async () => {
    const redis = await server();
    await add(writer(redis), entries(3000));
    const source = await opened(redis.url);
    const reading = source.pages(ALL)[Symbol.asyncIterator]();
    await reading.next();
    await redis.kill();
    const rest = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    expect((await codedError(rest())).code).toBe("source_unreachable");
    expect((await codedError(source.state())).code).toBe("source_unreachable");
  });
});

/** The port of a server that is closed after the test. */
async function listening(net: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  net.on("connection", (socket) => {
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
