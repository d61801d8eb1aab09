import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireNats } from "@qsc-tooling/testkit";
import { openSource } from "../../src/index.js";
import { ALL, codedError, collect } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { NAME, natsServer, operated } from "../support/nats.js";
import { opened, STREAM } from "../support/redis.js";
import { openedSink } from "../support/sink.js";

const SECRET = "s3cret-p@ss";
const encoded = encodeURIComponent(SECRET);

async function refused(url: string, options = {}) {
  const error = await codedError(openSource(url, options));
  // Everything a logger may print of it.
  expect(inspect(error, { depth: null })).not.toContain("s3cret");
  expect(error.message).toMatch(/^.{20,600}\.$/s);
  return error;
}

describeRequiring(requireNats({ tls: true }), "a nats-server that cannot be read", () => {
  describe("cannot be reached", () => {
    test("nothing listens", async () => {
      const nats = await natsServer();
      await nats.kill();
      const error = await refused(`nats://u:${encoded}@127.0.0.1:${nats.port}`);
      expect(error).toMatchObject({ code: "source_unreachable", exitCode: 2 });
      expect(error.message).toContain(`Connection refused at nats://127.0.0.1:${nats.port}`);
    });

    test("unknown host", async () => {
      const error = await refused("nats://no-such-host.invalid");
      expect(error.code).toBe("source_unreachable");
      expect(error.message).toMatch(/host of nats:\/\/no-such-host.invalid:4222/);
    });

    test("the first of several servers that answers is taken", async () => {
      const [gone, nats] = [await natsServer(), await natsServer()];
      await gone.kill();
      await (await operated(nats)).add(entries(3));
      const source = await opened(`nats://127.0.0.1:${gone.port},127.0.0.1:${nats.port}`);
      expect((await source.state()).length).toBe(3);
    });

    test("a server that accepts the connection and never answers", async () => {
      const port = await listening(createServer());
      expect((await refused(`nats://127.0.0.1:${port}`, { timeoutMs: 300 })).code).toBe("source_timeout");
    });

    test("something that is not a NATS", async () => {
      const http = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      const error = await refused(`nats://127.0.0.1:${await listening(http)}`);
      expect(["source_unreadable", "source_unreachable"]).toContain(error.code);
    });
  });

  describe("refuses", () => {
    test("no token, a wrong one, and a password instead", async () => {
      const nats = await natsServer({ token: SECRET });
      for (const login of ["", "s3cret-wrong@", `user:${encoded}@`]) {
        const error = await refused(`nats://${login}127.0.0.1:${nats.port}`);
        expect(error.code).toBe("source_auth");
        expect(error.message).toContain("refuses the login");
      }
      const source = await opened(nats.url);
      expect(source.label).toBe(`nats://127.0.0.1:${nats.port}`);
      expect((await codedError(source.state())).code).toBe("source_missing");
    });

    test("a user without the right to read, and takes one with what is needed", async () => {
      const reads = [
        ...["STREAM.NAMES", `STREAM.INFO.${NAME}`, `STREAM.MSG.GET.${NAME}`, `CONSUMER.CREATE.${NAME}`],
        ...[`CONSUMER.INFO.${NAME}.*`, `CONSUMER.MSG.NEXT.${NAME}.*`, `CONSUMER.DELETE.${NAME}.*`],
      ].map((name) => `"$JS.API.${name}"`);
      const user = (name: string, publish: readonly string[]): string =>
        `{ user: ${name}, password: "${SECRET}", permissions: { publish: [${publish.join(", ")}], subscribe: ["_INBOX.>"] } }`;
      const authorization = `users: [{ user: admin, password: "${SECRET}" }, ${user("blind", ['"x"'])}, ${user("reader", reads)},
        ${user("halfway", reads.slice(0, 2))}, ${user("writer", [...reads, `"${STREAM}"`])}]`;
      const nats = await natsServer({ authorization });
      const { add } = await operated(nats, { login: { user: "admin", pass: SECRET } });
      await add(entries(3));
      const at = (name: string): string => `nats://${name}:${encoded}@127.0.0.1:${nats.port}`;
      const blind = await refused(at("blind"), { timeoutMs: 2000 });
      expect(blind.code).toBe("source_permission");
      expect(blind.message).toContain("$JS.API.STREAM.NAMES");
      const halfway = await opened(at("halfway"), { timeoutMs: 2000 });
      expect((await codedError(collect(halfway.pages(ALL)))).code).toBe("source_permission");
      const reader = await opened(at("reader"));
      expect((await collect(reader.pages(ALL))).flat()).toHaveLength(3);
      expect((await reader.state()).clock).not.toBeNull();
      const [denied, allowed] = [await openedSink(at("reader"), { timeoutMs: 2000 }), await openedSink(at("writer"))];
      const entry = { id: "9-0" as const, fields: ["n", "9"] };
      const error = await codedError(denied.append([entry]));
      expect(error.code).toBe("source_permission");
      expect(error.message).toContain(`may not write the stream '${STREAM}'`);
      expect(await allowed.append([entry])).toEqual(["9-0"]);
    });

    test("a server without JetStream", async () => {
      const nats = await natsServer({ jetstream: false });
      const error = await refused(nats.url);
      expect(error.code).toBe("source_unreachable");
      expect(error.message).toContain("JetStream");
    });
  });

  describe("has a stream in which a loss could not be noticed", () => {
    test.each([
      ["stores other subjects too", { subjects: [STREAM, "other"] }, `stores the subjects ${STREAM}, other`],
      ["stores a pattern", { subjects: ["quantum:stream:trade.*"] }, "stores the subjects quantum:stream:trade.*"],
      ["removes what was read", { retention: "workqueue" }, "has the retention 'workqueue'"],
      ["takes from other streams", { sources: [{ name: "elsewhere" }] }, "takes messages from other streams"],
    ])("because it %s", async (_, limits, words) => {
      const nats = await natsServer();
      await operated(nats, { limits });
      const error = await refused(nats.url);
      expect(error.code).toBe("source_wrong_type");
      expect(error.message).toContain(words);
      expect((await codedError((await openedSink(nats.url)).lastId())).code).toBe("source_wrong_type");
    });
  });

  describe("has TLS", () => {
    test("with its authority, by option and by URL; without; and without TLS", async () => {
      const nats = await natsServer({ tls: true });
      const ca = nats.ca ?? "";
      expect((await codedError((await opened(nats.url, { ca })).state())).code).toBe("source_missing");
      await opened(`${nats.url.replace("tls:", "nats+tls:")}?ca=${encodeURIComponent(ca)}`);
      const untrusted = await refused(nats.url);
      expect(untrusted.code).toBe("source_unreachable");
      expect(untrusted.message).toMatch(/^TLS with .* failed/);
      expect((await refused(nats.url, { ca: `${ca}.missing` })).code).toBe("invalid_source");
    });

    test("and asks for a client certificate", async () => {
      const nats = await natsServer({ tls: true, clientCertificates: true });
      const [ca, key] = [nats.ca ?? "", nats.key ?? ""];
      await opened(nats.url, { ca, cert: ca, key });
      const none = await refused(nats.url, { ca });
      expect(["source_auth", "source_unreachable"]).toContain(none.code);
    });

    test("not, though the URL asks for it: the password is not sent", async () => {
      const nats = await natsServer();
      const heard: string[] = [];
      const port = await listening(
        createServer((socket) => {
          socket.write(`INFO {"server_id":"X","version":"2.9.10","proto":1,"headers":true,"max_payload":1024}\r\n`);
          socket.on("data", (data) => heard.push(data.toString()));
        }),
      );
      for (const at of [nats.port, port]) {
        const error = await refused(`tls://u:${encoded}@127.0.0.1:${at}`, { timeoutMs: 1000 });
        expect(error.code).toBe("source_unreachable");
        expect(error.message).toMatch(/^TLS with/);
      }
      expect(heard.join()).not.toContain("s3cret");
    });
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
