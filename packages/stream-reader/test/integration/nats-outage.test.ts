import { expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireNats } from "@qsc-tooling/testkit";
import { collect, ALL, codedError, Following } from "../support/collect.js";
import { entries, entry } from "../support/entries.js";
import { NAME, natsServer, operated } from "../support/nats.js";
import { opened, STREAM } from "../support/redis.js";

describeRequiring(requireNats(), "a nats-server that fails under a reader", () => {
  test("a restart under a follower loses and repeats nothing", async () => {
    const nats = await natsServer();
    await (await operated(nats)).add(entries(4000));
    const source = await opened(nats.url);
    const following = new Following(source);
    await following.until(() => following.items.length > 0);
    await nats.kill();
    await following.until(() => following.outages.length > 0);
    await nats.restart();
    await (await operated(nats)).add(entries(500, 5000));
    await following.until(() => following.items.length >= 4500);
    await following.stop();
    expect(following.ids).toEqual([...entries(4000), ...entries(500, 5000)].map(({ id }) => id));
    expect(following.outages).toEqual(["source_unreachable", null]);
    expect(source.gaps()).toEqual([]);
  });

  test("a hang is an outage, and the follower continues after it", async () => {
    const nats = await natsServer();
    const { add } = await operated(nats);
    await add(entries(10));
    const source = await opened(nats.url, { timeoutMs: 300 });
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await nats.pause();
    onTestFinished(() => {
      nats.resume();
    });
    await following.until(() => following.outages.length > 0);
    nats.resume();
    await add(entries(5, 20));
    await following.until(() => following.items.length === 15);
    await following.stop();
    expect(following.outages[0]).toBe("source_timeout");
    expect(following.outages.at(-1)).toBe(null);
    expect(source.gaps()).toEqual([]);
  });

  test("the signal ends following, even while the server hangs", async () => {
    const nats = await natsServer();
    await (await operated(nats)).add(entries(1));
    const following = new Following(await opened(nats.url));
    await following.until(() => following.items.length === 1);
    await nats.pause();
    onTestFinished(() => {
      nats.resume();
    });
    await following.stop();
    expect(following.ids).toEqual(["1-0"]);
  });

  test("a stream that is deleted is missing, and a gap once it is there again", async () => {
    const nats = await natsServer();
    const { add, manager } = await operated(nats);
    await add(entries(10));
    const source = await opened(nats.url);
    const following = new Following(source);
    await following.until(() => following.items.length === 10);
    await manager.streams.delete(NAME);
    await following.until(() => following.outages.length > 0);
    expect(following.outages).toEqual(["source_missing"]);
    await manager.streams.add({ name: NAME, subjects: [STREAM] });
    await add([entry("5-0"), entry("11-0")]);
    await following.until(() => following.items.length === 11);
    await following.stop();
    expect(following.ids.at(-1)).toBe("11-0");
    expect(source.gaps().map(({ kind }) => kind)).toEqual(["recreated"]);
  });

  test("while a range is read: a hang is a timeout, a death is unreachable, and no page pretends to be the last", async () => {
    const nats = await natsServer();
    await (await operated(nats)).add(entries(3000));
    const rest = async (reading: AsyncIterator<unknown>): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    const slow = (await opened(nats.url, { timeoutMs: 400 })).pages(ALL)[Symbol.asyncIterator]();
    const source = await opened(nats.url);
    const reading = source.pages(ALL)[Symbol.asyncIterator]();
    await slow.next();
    await reading.next();
    await nats.pause();
    onTestFinished(() => {
      nats.resume();
    });
    expect((await codedError(rest(slow))).code).toBe("source_timeout");
    nats.resume();
    await nats.kill();
    expect((await codedError(rest(reading))).code).toBe("source_unreachable");
    expect((await codedError(source.state())).code).toBe("source_unreachable");
    await nats.restart();
    expect((await collect(source.pages(ALL))).flat()).toHaveLength(3000);
  });
});
