import { expect, test } from "vitest";
import { ALL } from "../support/collect.js";
import { heapGrowth } from "../support/heap.js";
import { add, opened, server, STREAM, writer } from "../support/redis.js";
import { entry } from "../support/entries.js";

const MB = 1024 * 1024;

test("a stream of 200 MB is read in 80 MB", async () => {
  const redis = await server();
  const client = writer(redis);
  const payload = "x".repeat(2000);
  for (let n = 0; n < 100_000; n += 10_000) {
    await add(
      client,
      Array.from({ length: 10_000 }, (_, at) => entry(`${n + at + 1}-0`, "payload", payload)),
    );
  }
  const { growth, count } = await heapGrowth((await opened(redis.url)).pages(ALL));
  expect(count).toBe(100_000);
  expect(growth).toBeLessThan(80 * MB);
});

test("entries of 10 MB come a few at a time, and are rejected unread", async () => {
  const redis = await server();
  const client = writer(redis);
  const payload = Buffer.alloc(10 * MB, "x");
  for (let n = 1; n <= 30; n++) await client.xadd(STREAM, `${n}-0`, "payload", payload);
  await client.xadd(STREAM, "31-0", "a", "b");
  const source = await opened(redis.url);
  const pages: number[] = [];
  const reasons = new Set<string>();
  for await (const page of source.pages(ALL)) {
    pages.push(page.length);
    for (const item of page) reasons.add(item.kind === "entry" ? item.id : item.reason);
  }
  expect(pages.reduce((sum, length) => sum + length, 0)).toBe(31);
  expect(Math.max(...pages)).toBeLessThanOrEqual(2);
  expect([...reasons]).toEqual(["too_large", "31-0"]);
});
