import { describe, expect, test } from "vitest";
import { MIN_ID } from "@qsc/contract";
import type { EventSource } from "../../src/index.js";
import { Following, readAll } from "../support/collect.js";
import { peakGrowth } from "../support/heap.js";
import { opened, server, STREAM, writer } from "../support/redis.js";

const MB = 1024 * 1024;
const HUGE = 64 * MB;

/** A stream with an entry of 64 MiB at this place. */
async function stream(
  place: "first" | "middle" | "last",
  values: number,
): Promise<{ source: EventSource; url: string }> {
  const redis = await server();
  const client = writer(redis);
  const value = Buffer.alloc(HUGE / values, "x");
  const huge = Array.from({ length: values }, (_, at) => [`f${at}`, value]).flat();
  const at = { first: 1, middle: 2, last: 3 }[place];
  for (const number of [1, 2, 3]) await client.xadd(STREAM, `${number}-0`, ...(number === at ? huge : ["n", "x"]));
  return { source: await opened(redis.url), url: redis.url };
}

describe.each(["first", "middle", "last"] as const)("an entry of 64 MiB, the %s of its stream", (place) => {
  test.each([
    ["one value", 1],
    ["many values", 1000],
  ] as const)("in %s is rejected by its ID, and never takes half of its size in memory", async (_, values) => {
    const { source } = await stream(place, values);
    const at = { first: 0, middle: 1, last: 2 }[place];
    for (const order of ["oldest-first", "newest-first"] as const) {
      let items: Awaited<ReturnType<typeof readAll>> = [];
      const grown = await peakGrowth(async () => {
        items = await readAll(source, order);
      });
      if (order === "newest-first") items = items.toReversed();
      expect(items.map(({ id }) => id)).toEqual(["1-0", "2-0", "3-0"]);
      expect(items.map((item) => (item.kind === "rejected" ? item.reason : "read"))).toEqual(
        [0, 1, 2].map((index) => (index === at ? "too_large" : "read")),
      );
      const [rejection] = items.filter((item) => item.kind === "rejected");
      expect(Number(rejection?.detail.split(" ")[0])).toBeGreaterThanOrEqual(HUGE);
      expect(grown).toBeLessThan(HUGE / 2);
    }
    expect(await source.state()).toMatchObject({ length: 3, firstId: "1-0", lastId: "3-0" });
    expect(source.gaps()).toEqual([]);
  });
});

test("an entry of 64 MiB is followed like any other", async () => {
  const { source } = await stream("last", 7);
  const following = new Following(source, MIN_ID);
  await following.until(() => following.items.length === 3);
  await following.stop();
  expect(following.ids).toEqual(["1-0", "2-0", "3-0"]);
  expect(following.items.at(-1)).toMatchObject({ kind: "rejected", reason: "too_large" });
});
