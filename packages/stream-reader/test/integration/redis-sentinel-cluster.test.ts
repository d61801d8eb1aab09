import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openSource } from "../../src/index.js";
import { freePort, startSentinel, temporaryDirectory } from "@qsc-tooling/testkit";
import { codedError, eventually, Following, readAll } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { add, opened, server, writer } from "../support/redis.js";

const run = promisify(execFile);

test("a master is found through its sentinels", async () => {
  const master = await server({ requirePass: "p@ss" });
  await add(writer(master), entries(1500));
  await using sentinel = await startSentinel({ master: "engine", masterPort: master.port, masterPassword: "p@ss" });
  const { port } = sentinel;
  const source = await opened(`redis+sentinel://:p%40ss@127.0.0.1:1,127.0.0.1:${port}/engine/0`);
  expect(source.label).toBe(`redis+sentinel://127.0.0.1:1,127.0.0.1:${port}/engine/0`);
  expect(await readAll(source)).toHaveLength(1500);
  const unknown = await codedError(openSource(`redis+sentinel://:p%40ss@127.0.0.1:${port}/other`));
  expect(unknown.code).toBe("source_unreachable");
  const wrong = await codedError(openSource(`redis+sentinel://:nope@127.0.0.1:${port}/engine`));
  expect(wrong.code).toBe("source_auth");
});

test("no sentinel at all is unreachable", async () => {
  const error = await codedError(openSource("redis+sentinel://127.0.0.1:1/engine"));
  expect(error.code).toBe("source_unreachable");
});

test("a cluster of one node", async () => {
  // By default the nodes talk on a port in the ephemeral range, which any client may be using.
  const args = [
    "--cluster-enabled",
    "yes",
    "--cluster-announce-ip",
    "127.0.0.1",
    "--cluster-port",
    `${await freePort()}`,
  ];
  const redis = await server({ args, requirePass: "p@ss" });
  const cli = (...args: string[]) =>
    run("redis-cli", ["-p", `${redis.port}`, "-a", "p@ss", "--no-auth-warning", ...args]);
  await cli("cluster", "addslotsrange", "0", "16383");
  await eventually(async () => (await cli("cluster", "info")).stdout.includes("cluster_state:ok"));
  const client = writer(redis);
  await add(client, entries(1500));
  const source = await opened(`redis+cluster://:p%40ss@127.0.0.1:${redis.port}`);
  expect(await readAll(source)).toHaveLength(1500);
  expect((await readAll(source, "newest-first"))[0]?.id).toBe("1500-0");
  const state = await source.state();
  expect(state).toMatchObject({ length: 1500, firstId: "1-0", lastId: "1500-0" });
  expect(Math.abs((state.clock?.lowMs ?? 0) - Date.now())).toBeLessThan(5000);
  const following = new Following(source);
  await following.until(() => following.items.length === 1500);
  await add(client, entries(10, 2000));
  await following.until(() => following.items.length === 1510);
  await following.stop();
  expect(source.gaps()).toEqual([]);
  const wrong = await codedError(openSource(`redis+cluster://:nope@127.0.0.1:${redis.port}`));
  expect(wrong.code).toBe("source_auth");
  await redis.kill();
  const lost = await codedError(readAll(source));
  expect(`${lost.code}: ${lost.message}`).toMatch(/^source_unreachable: /);
});

test("redis-cli --json exports what the stream has", async () => {
  const redis = await server();
  const client = writer(redis);
  await client.xadd("s", "1-0", "a", 'é "x"\n', "a", "twice", "", "");
  await client.xadd("s", "2-0", "b", Buffer.from([0xff]));
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "export.json");
  const { stdout } = await run("redis-cli", ["-p", `${redis.port}`, "--json", "xrange", "s", "-", "+"], {
    encoding: "buffer",
  });
  await writeFile(path, stdout);
  const [file, stream] = await Promise.all([opened(path), opened(redis.url, { stream: "s" })]);
  const bare = (items: Awaited<ReturnType<typeof readAll>>) =>
    items.map((item) => (item.kind === "entry" ? [item.id, ...item.fields] : [item.id, item.reason]));
  expect(bare(await readAll(file))).toEqual(bare(await readAll(stream)));
  expect(bare(await readAll(file))).toEqual([
    ["1-0", "a", 'é "x"\n', "a", "twice", "", ""],
    ["2-0", "invalid_utf8"],
  ]);
});
