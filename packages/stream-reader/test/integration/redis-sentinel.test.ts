import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { startSentinel, type Sentinel, type SentinelOptions } from "@qsc-tooling/testkit";
import { firstIdAt } from "@qsc/contract";
import { openSource } from "../../src/index.js";
import { openSink } from "../../src/sink/index.js";
import { codedError, Following, readAll } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { muteServer } from "../support/mute-server.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

async function sentinel(options: SentinelOptions): Promise<Sentinel> {
  const started = await startSentinel(options);
  onTestFinished(() => started.stop());
  return started;
}

const hostsOf = (...ports: readonly number[]): string => ports.map((port) => `127.0.0.1:${port}`).join(",");

/** A master with ten entries and three sentinels. */
async function watched(options: Partial<SentinelOptions> = {}) {
  const master = await server();
  await add(writer(master), entries(10));
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => sentinel({ master: "engine", masterPort: master.port, ...options })),
  );
  return { master, sentinels, url: `redis+sentinel://${hostsOf(...sentinels.map(({ port }) => port))}/engine` };
}

describe("sentinels, some of which hang", () => {
  test.each([0, 1, 2])("a stopped one (number %i of three) delays neither a source nor a sink", async (stopped) => {
    const { sentinels, url } = await watched();
    sentinels[stopped]?.pause();
    const source = await opened(url);
    expect(await readAll(source)).toHaveLength(10);
    await using sink = await openSink(url);
    expect(await sink.lastId()).toBe("10-0");
  });

  test("one that answers is enough", async () => {
    const { sentinels, url } = await watched();
    sentinels[0]?.pause();
    sentinels[1]?.pause();
    expect(await readAll(await opened(url, { timeoutMs: 500 }))).toHaveLength(10);
  });

  test("if all hang, opening ends, a sink fails, and closing waits for neither", async () => {
    const { sentinels, url } = await watched();
    const source = await opened(url);
    for (const each of sentinels) each.pause();
    const error = await codedError(openSource(url, { timeoutMs: 300 }));
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toMatch(
      /No sentinel of redis\+sentinel:.* answers \(127\.0\.0\.1:\d+: it accepts connections but does not answer;/,
    );
    await using sink = await openSink(url, { timeoutMs: 300 });
    expect((await codedError(sink.lastId())).code).toBe("source_unreachable");
    await source.close();
  });
});

describe("each fault of sentinels has a sentence of its own", () => {
  test("none can be reached", async () => {
    const error = await codedError(openSource("redis+sentinel://127.0.0.1:1,127.0.0.1:2/engine"));
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toMatch(
      /No sentinel of .* answers \(127\.0\.0\.1:1: connection refused; 127\.0\.0\.1:2: connection refused\); check the hosts and ports/,
    );
  });

  test("they do not know the master by that name", async () => {
    const { url } = await watched();
    const error = await codedError(openSource(url.replace("/engine", "/motor")));
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toMatch(/know no master called 'motor'; check the name/);
  });

  test("they want a password of their own, which the source URL may have", async () => {
    const { url } = await watched({ requirePass: "s3cret&own" });
    const none = await codedError(openSource(url));
    expect(none.code).toBe("source_auth");
    expect(none.message).toMatch(/sentinels of .* want a password of their own; add \?sentinelPassword=/);
    const wrong = await codedError(openSource(`${url}?sentinelPassword=s3cret-wrong`));
    expect(wrong.code).toBe("source_auth");
    expect(wrong.message).toMatch(/refuse their user name or password/);
    expect(inspect([none, wrong], { depth: null })).not.toContain("s3cret");
    const source = await opened(`${url}?sentinelPassword=${encodeURIComponent("s3cret&own")}`);
    expect(source.label).toBe(url);
    expect(await readAll(source)).toHaveLength(10);
    await using sink = await openSink(
      `${url}?sentinelUsername=default&sentinelPassword=${encodeURIComponent("s3cret&own")}`,
    );
    expect(await sink.lastId()).toBe("10-0");
  });

  test("a password when they have none", async () => {
    const { url } = await watched();
    const error = await codedError(openSource(`${url}?sentinelPassword=s3cret`));
    expect(error.code).toBe("source_auth");
    expect(error.message).toMatch(/have no password; leave sentinelPassword out/);
  });

  test("the master that they name cannot be reached", async () => {
    const { master, url } = await watched();
    await master.kill();
    const error = await codedError(openSource(url));
    expect(error.code).toBe("source_unreachable");
    expect(error.message).toMatch(
      new RegExp(
        `name 127\\.0\\.0\\.1:${master.port} as the master 'engine', which cannot be reached from here \\(connection refused\\)`,
      ),
    );
  });

  test("a misspelt parameter is refused without showing its value", async () => {
    const error = await codedError(openSource("redis+sentinel://127.0.0.1:1/engine?sentinelPasword=s3cret"));
    expect(error.code).toBe("invalid_source");
    // Its name could be the rest of a password too.
    expect(error.message).toMatch(/it has an unknown option; known are .*sentinelPassword/);
    expect(inspect(error, { depth: null })).not.toContain("s3cret");
  });
});

test("after a failover to a lagging replica, reading continues after the last entry given out, with a gap", async () => {
  const password = "p";
  const master = await server({ requirePass: password });
  const replica = await server({
    requirePass: password,
    args: ["--replicaof", "127.0.0.1", `${master.port}`, "--masterauth", password],
  });
  const [atMaster, atReplica] = [writer(master), writer(replica)];
  await add(atMaster, entries(250));
  await expect.poll(() => atReplica.xlen(STREAM), { timeout: 180_000 }).toBe(250);
  const { port } = await sentinel({
    master: "engine",
    masterPort: master.port,
    masterPassword: password,
    downAfterMs: 500,
  });
  const known = writer({ url: `redis://127.0.0.1:${port}` });
  await expect
    .poll(async () => ((await known.call("SENTINEL", "REPLICAS", "engine")) as unknown[]).length, { timeout: 180_000 })
    .toBe(1);
  const source = await opened(`redis+sentinel://:${password}@127.0.0.1:${port}/engine`);
  const following = new Following(source, firstIdAt(250));
  // It can no longer log in to its master, so it does not see what is written now.
  await atReplica.config("SET", "masterauth", "wrong");
  await atMaster.client("KILL", "TYPE", "replica");
  await add(atMaster, entries(50, 251));
  await following.until(() => following.items.length === 50);
  await master.kill();
  await expect.poll(() => atReplica.info("replication"), { timeout: 180_000 }).toContain("role:master");
  await following.until(() => source.gaps().length > 0);
  await add(atReplica, entries(20, 301));
  await following.until(() => following.items.length >= 70);
  await following.stop();
  expect(following.ids).toEqual(entries(70, 251).map(({ id }) => id));
  expect(source.gaps()).toEqual([
    {
      kind: "recreated",
      detail: expect.stringMatching(/went back from 300-0 to 250-0.*reading goes on after 300-0/) as string,
    },
  ]);
});

describe("a server that accepts connections and never answers", () => {
  test.each([
    ["redis://:pw@", ""],
    ["rediss://", ""],
    ["redis+sentinel://", "/engine"],
    ["redis+sentinel://", "/engine?sentinelPassword=pw"],
    ["redis+cluster://", ""],
    ["redis+cluster://:pw@", ""],
  ])("is given up by a source and a sink, %s%s", async (scheme, path) => {
    const url = `${scheme}127.0.0.1:${await muteServer()}${path}`;
    for (const open of [
      () => openSource(url, { timeoutMs: 300 }),
      async () => (await openSink(url, { timeoutMs: 300 })).lastId(),
    ]) {
      const error = await codedError(open());
      expect(["source_unreachable", "source_timeout"]).toContain(error.code);
    }
  });
});

test("a source that is slow to answer is an outage while the answer is still awaited", async () => {
  const redis = await server();
  await add(writer(redis), entries(1));
  const source = await opened(redis.url, { timeoutMs: 600_000 });
  const ending = new AbortController();
  const said: (string | null)[] = [];
  const onOutage = (error: Error | null): void => {
    said.push(error?.message ?? null);
    if (error === null) ending.abort();
    else redis.resume();
  };
  for await (const page of source.follow(firstIdAt(0), { signal: ending.signal, onOutage }))
    if (page.length > 0) redis.pause();
  expect(said).toEqual([expect.stringMatching(/has not answered for 3 s; still waiting for it/), null]);
});
