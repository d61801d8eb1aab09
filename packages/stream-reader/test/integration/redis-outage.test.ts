import { expect, onTestFinished, test } from "vitest";
import { Following } from "../support/collect.js";
import { entries } from "../support/entries.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";

const kept = { args: ["--appendonly", "yes", "--appendfsync", "always"] };

test("a restart under a follower loses and repeats nothing", async () => {
  const redis = await server(kept);
  await add(writer(redis), entries(4000));
  const source = await opened(redis.url);
  const following = new Following(source);
  await following.until(() => following.items.length > 0);
  await redis.kill();
  await following.until(() => following.outages.length > 0);
  await redis.restart();
  await add(writer(redis), entries(500, 5000));
  await following.until(() => following.items.length >= 4500);
  await following.stop();
  expect(following.ids).toEqual([...entries(4000), ...entries(500, 5000)].map(({ id }) => id));
  expect(following.outages).toEqual(["source_unreachable", null]);
  expect(source.gaps()).toEqual([]);
});

test("a hang is an outage, and the follower continues after it", async () => {
  const redis = await server();
  const client = writer(redis);
  await add(client, entries(10));
  const source = await opened(redis.url, { timeoutMs: 300 });
  const following = new Following(source);
  await following.until(() => following.items.length === 10);
  redis.pause();
  onTestFinished(() => {
    redis.resume();
  });
  await following.until(() => following.outages.length > 0);
  redis.resume();
  await add(client, entries(5, 20));
  await following.until(() => following.items.length === 15);
  await following.stop();
  expect(following.outages[0]).toBe("source_timeout");
  expect(following.outages.at(-1)).toBe(null);
});

test("a restart that comes back empty is a gap", async () => {
  const redis = await server();
  await add(writer(redis), entries(10));
  const source = await opened(redis.url);
  const following = new Following(source);
  await following.until(() => following.items.length === 10);
  await redis.kill();
  await redis.restart();
  await writer(redis).xadd(STREAM, "5-0", "a", "b");
  await following.until(() => source.gaps().length > 0);
  await writer(redis).xadd(STREAM, "11-0", "a", "b");
  await following.until(() => following.items.length === 11);
  await following.stop();
  expect(source.gaps().map(({ kind }) => kind)).toEqual(["recreated"]);
});

test("the signal ends following at once, even while the server hangs", async () => {
  const redis = await server();
  await add(writer(redis), entries(1));
  const source = await opened(redis.url);
  const following = new Following(source);
  const beside = new Following(source);
  for (const each of [following, beside]) await each.until(() => each.items.length === 1);
  redis.pause();
  onTestFinished(() => {
    redis.resume();
  });
  const before = beside.outages.length;
  await following.stop();
  // While the server is still awaited, the wait has not even timed out, however fast this machine is.
  expect(beside.outages).toHaveLength(before);
  // It does time out: the server hangs.
  await beside.until(() => beside.outages.length > before);
  await beside.stop();
});
