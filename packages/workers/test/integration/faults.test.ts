import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeRequiring, requireRedis, temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { PREFIX, timeOf } from "../../src/connection.js";
import { noteRun, removeLeftovers } from "../../src/leftovers.js";
import { readJob, receiptFor, type Receipt } from "../../src/part-job.js";
import { PARTS, resultKey } from "../../src/places.js";
import { alone, filled, spread } from "../support/judged.js";
import type { GivenSource } from "../../src/index.js";
import { leftIn, place, STREAM, until, VERSION, type Place } from "../support/place.js";

const never = (): Promise<never> => new Promise(() => undefined);

/** How many parts workers hold at this moment. */
function held({ client }: Place): Promise<number> {
  return client.llen(`${PREFIX}:${PARTS}:active`);
}

const unread = (words: string): object => ({
  code: "parts_unread",
  exitCode: 2,
  message: expect.stringContaining(words) as string,
});

describeRequiring(requireRedis(), "a judgement whose parts workers read", () => {
  test("is unknown after its deadline, and what no worker holds is gone", async () => {
    await using there = await place();
    await filled(there);
    const worker = await there.pretend(never);
    await expect(spread(there, { deadlineMs: 800 })).rejects.toMatchObject(unread("not all of them came within"));
    expect(await there.client.llen(`${PREFIX}:${PARTS}:wait`)).toBe(0);
    worker.kill();
  });

  test("ends when it is interrupted, and leaves nothing once the workers have seen that", async () => {
    await using there = await place();
    await filled(there);
    const interruption = new AbortController();
    await there.pretend(async () => {
      interruption.abort();
      await until(async () => (await there.client.keys("*:ended")).length > 0);
      throw new Error("its judgement has ended");
    });
    await expect(spread(there, { signal: interruption.signal })).rejects.toMatchObject({ code: "interrupted" });
    await until(async () => (await held(there)) === 0);
    await removeLeftovers(there.client);
    expect(await leftIn(there.client)).toEqual([]);
  });

  test("is read by the others after a worker was killed", async () => {
    await using there = await place();
    await filled(there);
    const killed = await there.pretend(never);
    const judging = spread(there);
    await until(async () => (await held(there)) === 1);
    killed.kill();
    await there.work();
    expect(JSON.stringify(await judging)).toBe(JSON.stringify(await alone(there)));
  });

  test("is read again by another worker after one has stopped while it read", async () => {
    await using there = await place();
    await filled(there);
    const [first, second] = await Promise.all([there.work(), there.work()]);
    const judging = spread(there, { parts: 20 });
    await until(() => [...first.said, ...second.said].some((sentence) => sentence.includes("read.")));
    await first.end();
    expect(JSON.stringify(await judging)).toBe(JSON.stringify(await alone(there)));
    expect(await leftIn(there.client)).toEqual([]);
  });

  test("is unknown if the queue goes away", async () => {
    await using there = await place();
    await filled(there);
    const taken = { is: false };
    await there.pretend(() => {
      taken.is = true;
      return never();
    });
    const judging = spread(there, { deadlineMs: 3000 });
    judging.catch(() => undefined);
    await until(() => taken.is);
    await there.queue.kill();
    await expect(judging).rejects.toMatchObject(unread("not all of them came within"));
  });

  test("ends at its deadline if the queue stands still while results are fetched", async () => {
    await using there = await place();
    await filled(there);
    await there.work();
    const judging = spread(there, {
      deadlineMs: 3000,
      onProgress: () => {
        there.queue.pause();
      },
    });
    await expect(judging).rejects.toMatchObject(unread("not all of them came within"));
    there.queue.resume();
  });

  test("is not begun if it is interrupted before", async () => {
    await using there = await place();
    await filled(there);
    await there.pretend(never);
    await expect(spread(there, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
  });

  test("is unknown if the key of a worker has been changed since it started", async () => {
    await using there = await place();
    await using home = await temporaryDirectory();
    await filled(there);
    const [own, theirs] = [join(home.path, "own"), join(home.path, "theirs")];
    for (const path of [own, theirs]) await writeFile(path, "ab".repeat(32), { mode: 0o600 });
    const sourceWith = (path: string): GivenSource => {
      return { url: there.telemetry.url, options: { stream: STREAM, verifyKeys: [path] } };
    };
    await there.work({ source: sourceWith(theirs) });
    expect(await spread(there, { source: sourceWith(own) })).toMatchObject({ verdict: "fail" });
    await writeFile(theirs, "cd".repeat(32));
    await expect(spread(there, { source: sourceWith(own) })).rejects.toMatchObject(
      unread("verifies signatures with other keys"),
    );
  });

  test("is unknown if the queue loses its parts", async () => {
    await using there = await place();
    await filled(there);
    await there.pretend(async () => {
      await there.client.flushall();
      return never();
    });
    await expect(spread(there, { deadlineMs: 1500 })).rejects.toMatchObject({ code: "parts_unread" });
  });

  test("is unknown if a part fails, and says why", async () => {
    await using there = await place();
    await filled(there);
    await there.work({ source: { url: there.telemetry.url, options: { stream: "another" } } });
    await expect(spread(there)).rejects.toMatchObject(unread("start the worker with the same --source and --stream"));
    expect(await leftIn(there.client)).toEqual([]);
  });

  const answers: readonly [string, (job: Receipt, there: Place) => unknown, string][] = [
    ["nothing", () => null, "is not one"],
    ["the receipt of another part", (receipt) => ({ ...receipt, index: receipt.index + 1 }), "has another index"],
    ["a receipt of another version", (receipt) => ({ ...receipt, version: "9" }), "has another version"],
    [
      "a receipt of another policy",
      (receipt) => ({ ...receipt, policyHash: "0".repeat(64) }),
      "has another policyHash",
    ],
    ["a receipt for another task", (receipt) => ({ ...receipt, task: "0".repeat(64) }), "has another task"],
    ["a receipt without a result", (receipt) => receipt, "is no longer there"],
  ];
  test.each(answers)("is unknown if a worker answers with %s", async (_, answer, words) => {
    await using there = await place();
    await filled(there);
    await there.pretend((job) => {
      const part = readJob(job.data);
      return Promise.resolve(answer(receiptFor(part, VERSION, Buffer.from("result"), "rogue"), there));
    });
    await expect(spread(there)).rejects.toMatchObject(unread(words));
  });

  test("is unknown if a result is another one than the receipt names", async () => {
    await using there = await place();
    await filled(there);
    await there.pretend(async (job) => {
      const part = readJob(job.data);
      await there.client.set(resultKey(part.run, part.index), "RESULT");
      return receiptFor(part, VERSION, Buffer.from("result"), "rogue");
    });
    await expect(spread(there)).rejects.toMatchObject(unread("is not as it was sent"));
    expect(await leftIn(there.client)).toEqual([]);
  });

  test("that was killed is removed after its deadline, by whatever uses the queue next", async () => {
    await using there = await place();
    await filled(there);
    await there.work();
    const run = "00000000-0000-4000-8000-000000000000";
    await there.client.set(resultKey(run, 0), "left");
    await there.client.hset(`${PREFIX}:join-${run}:meta`, "left", "1");
    await noteRun(there.client, run, 3, (await timeOf(there.client)) - 120_000);
    await spread(there);
    expect(await leftIn(there.client)).toEqual([]);
    expect(await there.client.zcard(`${PREFIX}:runs`)).toBe(0);
  });

  test("is not begun on the Redis of the telemetry", async () => {
    await using there = await place();
    await filled(there);
    await expect(spread(there, { queue: there.telemetry.url })).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringContaining("is the Redis of the telemetry") as string,
    });
  });
});

describeRequiring(requireRedis(), "a worker", () => {
  test("survives jobs that are none, and reads the next", async () => {
    await using there = await place();
    await filled(there);
    const worker = await there.work();
    const { Queue } = await import("bullmq");
    const queue = new Queue(PARTS, { connection: there.client, prefix: PREFIX });
    for (const data of [null, 1, { protocol: 1 }, { task: "x" }]) await queue.add("part", data);
    await until(() => worker.said.filter((sentence) => sentence.includes("not read")).length === 4);
    await queue.obliterate({ force: true });
    await queue.close();
    expect(await spread(there)).toMatchObject({ verdict: "pass" });
  });
});
