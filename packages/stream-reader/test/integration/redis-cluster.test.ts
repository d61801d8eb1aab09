import { Cluster } from "ioredis";
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from "vitest";
import { startCluster, type RedisCluster, type RedisServer } from "@qsc-tooling/testkit";
import { openSink } from "../../src/sink/index.js";
import { Following, readAll } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { opened } from "../support/redis.js";

let cluster: RedisCluster;
let streams = 0;

beforeAll(async () => {
  cluster = await startCluster(3);
});
afterAll(() => cluster.stop());

/** This test's own stream of ten entries, and the nodes that do not have it. */
async function stream() {
  const key = `stream:${streams++}`;
  const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  onTestFinished(() => {
    client.disconnect();
  });
  const write = async (from: number, count: number): Promise<void> => {
    for (const { id, fields } of entries(count, from)) await client.xadd(key, id, ...fields);
  };
  await write(1, 10);
  const owner = await cluster.ownerOf(key);
  return { key, write, owner, others: cluster.nodes.filter((node) => node !== owner) };
}

function stop(node: RedisServer): void {
  node.pause();
  onTestFinished(() => {
    node.resume();
  });
}

describe("a cluster with a node that is stopped and does not have the stream", () => {
  test.each([0, 1])("is read, followed and written without it (other node %i)", async (which) => {
    const { key, owner, others } = await stream();
    const source = await opened(cluster.url, { stream: key, timeoutMs: 5000 });
    await using sink = await openSink(cluster.url, { stream: key, timeoutMs: 5000 });
    expect(await sink.lastId()).toBe("10-0");
    const stopped = others[which];
    if (stopped === undefined) throw new Error("a cluster of three has two other nodes");
    stop(stopped);
    // Often enough to meet the hung node if any of the three were asked.
    for (let round = 0; round < 12; round += 1) {
      expect(await source.state()).toMatchObject({ length: 10, endId: "10-0" });
      expect(await sink.lastId()).toBe("10-0");
    }
    expect(await readAll(source)).toHaveLength(10);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await sink.append(entries(5, 11).map(({ id, fields }) => ({ id, fields })));
    await following.until(() => following.items.length === 15);
    await following.stop();
    expect(following.outages).toEqual([]);
    expect(owner).not.toBe(stopped);
  });

  test("is opened without it", async () => {
    const { key, others } = await stream();
    const [stopped] = others;
    if (stopped !== undefined) stop(stopped);
    expect(await readAll(await opened(cluster.url, { stream: key }))).toHaveLength(10);
  });
});

test("a stream that moves to another node is followed there, during and after the move", async () => {
  const { key, write, owner, others } = await stream();
  const [target] = others;
  if (target === undefined) throw new Error("a cluster of three has two other nodes");
  const source = await opened(cluster.url, { stream: key });
  const following = new Following(source);
  await following.until(() => following.items.length === 10);
  const slot = await cluster.cli(owner, "cluster", "keyslot", key);
  const [from, to] = [await cluster.cli(owner, "cluster", "myid"), await cluster.cli(target, "cluster", "myid")];
  await cluster.cli(target, "cluster", "setslot", slot, "importing", from);
  await cluster.cli(owner, "cluster", "setslot", slot, "migrating", to);
  await cluster.cli(owner, "migrate", "127.0.0.1", `${target.port}`, key, "0", "5000");
  // Now the former owner answers ASK.
  expect(await source.state()).toMatchObject({ length: 10 });
  expect(await readAll(source)).toHaveLength(10);
  for (const node of [target, owner, ...others.slice(1)])
    await cluster.cli(node, "cluster", "setslot", slot, "node", to);
  // And now MOVED.
  expect(await source.state()).toMatchObject({ length: 10 });
  await write(11, 5);
  await following.until(() => following.items.length === 15);
  await following.stop();
  expect(following.ids).toEqual(entries(15).map(({ id }) => id));
  expect(source.gaps()).toEqual([]);
});
