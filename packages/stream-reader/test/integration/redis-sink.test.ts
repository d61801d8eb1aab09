import { execFile } from "node:child_process";
import { inspect, promisify } from "node:util";
import { expect, test } from "vitest";
import { describeRequiring, freePort, requireRedis, startSentinel, temporaryDirectory } from "@qsc-tooling/testkit";
import { openSink, type EventSink } from "../../src/sink/index.js";
import { codedError, eventually, readAll } from "../support/collect.js";
import { newEntries, newEntry } from "../support/new-entries.js";
import { opened, server, STREAM, writer } from "../support/redis.js";
import { openedSink } from "../support/sink.js";

const SECRET = "s3cret-p@ss";
const encoded = encodeURIComponent(SECRET);
const run = promisify(execFile);

async function refused(sink: EventSink) {
  const error = await codedError(sink.append(newEntries(2)));
  // Everything a logger may print of it.
  expect(inspect(error, { depth: null })).not.toMatch(/s3cret|XADD'/);
  expect(error.message).toMatch(/^.{20,400}\.$/s);
  return error;
}

test.each(["redis://user@host", "redis://host:99999", "http://host", "", "no-such-kind"])(
  "refuses %j at once",
  async (url) => {
    expect((await codedError(openSink(url))).code).toBe("invalid_source");
  },
);

test.each([{ timeoutMs: 0 }, { maxLength: 999 }, { maxLength: 1000.5 }])("refuses %j", async (options) => {
  expect((await codedError(openSink("redis://127.0.0.1:1", options))).code).toBe("usage");
});

describeRequiring(requireRedis(), "a Redis that refuses a sink", () => {
  test("an ACL user without the needed rights, and with them", async () => {
    const user = (name: string, rules: string) => ({ name, password: SECRET, rules });
    const redis = await server({
      aclUsers: [
        user("noadd", `~* -@all +eval +xrange +xinfo +type`),
        user("noeval", `~* -@all +xadd +xrange +xinfo +type`),
        user("nokey", `~other +@all`),
        user("engine", `~${STREAM} -@all +eval +xadd +xrange +xinfo +type`),
      ],
    });
    const at = (name: string): Promise<EventSink> => openedSink(`redis://${name}:${encoded}@127.0.0.1:${redis.port}`);
    for (const name of ["noadd", "noeval", "nokey"]) {
      const error = await refused(await at(name));
      expect(`${name} ${error.code}`).toBe(`${name} source_permission`);
      expect(error.message).toContain("may not write the stream");
      expect(error.message).toContain("+eval +xadd +xrange +xinfo +type and the key");
    }
    const engine = await at("engine");
    expect(await engine.append(newEntries(2))).toEqual(["1-0", "2-0"]);
    expect(await engine.append([newEntry("2-0", "another", "one")])).toEqual(["2-1"]);
    await writer(redis).del(STREAM);
    await writer(redis).hset(STREAM, "a", "b");
    expect((await refused(engine)).message).toContain("not a stream but a hash");
    expect((await refused(await openedSink(`redis://:nope@127.0.0.1:${redis.port}`))).code).toBe("source_auth");
  });

  test("a missing password, full memory, a replica", async () => {
    const redis = await server({ requirePass: SECRET });
    expect((await refused(await openedSink(`redis://127.0.0.1:${redis.port}`))).code).toBe("source_auth");
    const sink = await openedSink(redis.url);
    const client = writer(redis);
    await client.config("SET", "maxmemory", "1");
    expect(await refused(sink)).toMatchObject({ code: "sink_failed", message: expect.stringContaining("maxmemory") });
    await client.config("SET", "maxmemory", "0");
    await client.replicaof("127.0.0.1", "1");
    expect(await refused(sink)).toMatchObject({ code: "sink_failed", message: expect.stringContaining("replica") });
    await client.config("SET", "replica-serve-stale-data", "no");
    expect((await refused(sink)).code).toBe("source_unreachable");
    await client.replicaof("NO", "ONE");
    expect(await sink.append(newEntries(2))).toEqual(["1-0", "2-0"]);
  });

  test("a disk that Redis cannot save to", async () => {
    const directory = await temporaryDirectory();
    const redis = await server({ args: ["--save", "3600 1", "--dir", directory.path] });
    await directory.remove();
    const client = writer(redis);
    await client.set("a", "b");
    await client.bgsave();
    await eventually(async () => (await client.info("persistence")).includes("rdb_last_bgsave_status:err"));
    expect((await refused(await openedSink(redis.url))).message).toContain("cannot save to its disk");
  });

  test("a stream whose last ID is the largest there is", async () => {
    const redis = await server();
    await writer(redis).xadd(STREAM, "18446744073709551615-18446744073709551615", "a", "b");
    expect((await refused(await openedSink(redis.url))).code).toBe("sink_failed");
  });
});

describeRequiring(requireRedis({ tls: true }), "a sink reaches a Redis", () => {
  test("over TLS, with its authority", async () => {
    const redis = await server({ tls: true });
    const sink = await openedSink(redis.url, { ca: redis.ca ?? "" });
    expect(await sink.append(newEntries(2))).toHaveLength(2);
    expect((await refused(await openedSink(redis.url))).message).toMatch(/^TLS with .* failed/);
  });

  test("through its sentinels", async () => {
    const master = await server({ requirePass: "p@ss" });
    await using sentinel = await startSentinel({ master: "engine", masterPort: master.port, masterPassword: "p@ss" });
    const { port } = sentinel;
    const sink = await openedSink(`redis+sentinel://:p%40ss@127.0.0.1:1,127.0.0.1:${port}/engine`);
    expect(await sink.append(newEntries(2))).toHaveLength(2);
    expect(await readAll(await opened(master.url))).toHaveLength(2);
  });

  test("in a cluster of two, on the node that has the key, and again when that is back", async () => {
    // By default the nodes talk on a port in the ephemeral range, which any client may be using.
    const buses = [await freePort(), await freePort()] as const;
    const argsOf = (bus: number): readonly string[] => [
      "--cluster-enabled",
      "yes",
      "--cluster-announce-ip",
      "127.0.0.1",
      "--cluster-port",
      `${bus}`,
    ];
    const [one, two] = [
      await server({ args: argsOf(buses[0]), persistent: true }),
      await server({ args: argsOf(buses[1]), persistent: true }),
    ];
    const cli = (port: number, ...words: string[]) => run("redis-cli", ["-p", `${port}`, ...words]);
    await cli(one.port, "cluster", "addslotsrange", "0", "8191");
    await cli(two.port, "cluster", "addslotsrange", "8192", "16383");
    await cli(one.port, "cluster", "meet", "127.0.0.1", `${two.port}`, `${buses[1]}`);
    await eventually(async () => {
      const states = await Promise.all([one, two].map(({ port }) => cli(port, "cluster", "info")));
      return states.every(
        ({ stdout }) => stdout.includes("cluster_state:ok") && stdout.includes("cluster_known_nodes:2"),
      );
    });
    const url = `redis+cluster://127.0.0.1:${one.port}`;
    for (const stream of ["a", "b", "c", "d"]) {
      const sink = await openedSink(url, { stream });
      expect(await sink.append(newEntries(5))).toHaveLength(5);
      expect(await sink.append([newEntry("5-0", "another", "one")])).toEqual(["5-1"]);
      expect(await readAll(await opened(url, { stream }))).toHaveLength(6);
    }
    const sink = await openedSink(url, { stream: "a", timeoutMs: 1000 });
    await sink.append(newEntries(2, 10));
    await Promise.all([one.kill(), two.kill()]);
    expect((await codedError(sink.append(newEntries(4, 10)))).code).toBe("source_unreachable");
    await Promise.all([one.restart(), two.restart()]);
    await eventually(async () =>
      sink.append(newEntries(4, 10)).then(
        () => true,
        () => false,
      ),
    );
    expect((await readAll(await opened(url, { stream: "a" }))).map(({ id }) => id).slice(6)).toEqual([
      "10-0",
      "11-0",
      "12-0",
      "13-0",
    ]);
  });
});

describeRequiring(requireRedis(), "a trimmed stream", () => {
  test("keeps at least the given number of entries, and not many more", async () => {
    const redis = await server();
    const sink = await openedSink(redis.url, { maxLength: 1000 });
    await sink.append(newEntries(5000));
    const length = await writer(redis).xlen(STREAM);
    expect(length).toBeGreaterThanOrEqual(1000);
    expect(length).toBeLessThan(1200);
    expect(await sink.append(newEntries(900, 5001))).toHaveLength(900);
    const next = await openedSink(redis.url, { maxLength: 1000 });
    expect(await next.append(newEntries(900, 5001))).toEqual(newEntries(900, 5001).map(({ id }) => id));
    expect(await next.lastId()).toBe("5900-0");
  });
});
