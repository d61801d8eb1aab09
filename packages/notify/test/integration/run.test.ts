import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { startReceiver, temporaryDirectory, type Receiver, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readWaiting } from "../../src/index.js";
import { append, Chain, DETAILS, HOST, UNIT } from "../support/audit.js";
import { ENV, placeIn, startNotifier } from "../support/running.js";

let directory: TemporaryDirectory;
let receiver: Receiver;
let chain: Chain;
beforeEach(async () => {
  [directory, receiver] = await Promise.all([temporaryDirectory(), startReceiver()]);
  chain = new Chain();
});
afterEach(async () => {
  await receiver.close();
  await directory.remove();
});

const hook = (path: string, more: object = {}) => ({
  kind: "webhook",
  url: `${receiver.url}/${path}`,
  secret: "env:HOOK",
  ...more,
});
const keysAt = (path: string) =>
  receiver.arrivals.filter((arrival) => arrival.path === `/${path}`).map(({ headers }) => headers["webhook-id"]);

/** Resolves once a question is answered with yes, asked after each arrival. */
async function untilTrue(question: () => boolean): Promise<void> {
  for (let wanted = receiver.arrivals.length; !question();) {
    wanted += 1;
    await receiver.count(wanted);
  }
}

describe("several channels", () => {
  test("one that never answers does not delay another", async () => {
    receiver.reply = ({ path }) => (path === "/slow" ? "hang" : { status: 200 });
    const place = placeIn(directory.path, { channels: { slow: hook("slow"), fast: hook("fast") } });
    await using running = await startNotifier(place);
    const entries = [chain.next("activate", DETAILS.activate), chain.next("rollback", DETAILS.rollback)];
    await append(place.audit, ...entries);
    await untilTrue(() => keysAt("fast").length === 2 && keysAt("slow").length === 1);
    expect(keysAt("fast")).toEqual(entries.map(({ hash }) => hash));
    expect(keysAt("slow")).toEqual([entries[0]?.hash]);
    const { channels } = await readWaiting(directory.path, place.audit);
    expect(channels.find(({ channel }) => channel === "slow")).toMatchObject({ waiting: 2, since: entries[0]?.at });
    await running.stop();
    expect(
      (await readWaiting(directory.path, place.audit)).channels.map(({ channel, waiting }) => [channel, waiting]),
    ).toEqual([
      ["fast", 0],
      ["slow", 2],
    ]);
  });

  test("each is told of what its settings ask for", async () => {
    const channels = {
      all: hook("all"),
      urgent: hook("urgent", { atLeast: "critical" }),
      some: hook("some", { events: ["deploy", "promote"] }),
    };
    const place = placeIn(directory.path, { channels });
    await using running = await startNotifier(place);
    const entries = (
      [
        "deploy",
        "activate",
        "promote",
        "eligible",
        "promoted",
        "rollback_failed",
        "rollback",
        "dead_man_armed",
      ] as const
    ).map((event) => chain.next(event, DETAILS[event]));
    await append(place.audit, ...entries);
    await untilTrue(() => receiver.arrivals.length === 11);
    const hashes = entries.map(({ hash }) => hash);
    expect(keysAt("all")).toEqual(hashes);
    expect(keysAt("urgent")).toEqual([hashes[5]]);
    expect(keysAt("some")).toEqual([hashes[0], hashes[2]]);
    await running.stop();
  });
});

describe("a receiver in trouble", () => {
  test.each([
    ["refuses", { status: 500 }],
    ["breaks off", "cut"],
  ] as const)(
    "that %s gets the message again, with the same key, and the later ones after it",
    async (_how, trouble) => {
      let left = 1;
      receiver.reply = () => (left-- > 0 ? trouble : { status: 200 });
      const place = placeIn(directory.path, { channels: { hook: hook("a") } });
      await using running = await startNotifier(place);
      const [first, second] = [chain.next("activate", DETAILS.activate), chain.next("rollback", DETAILS.rollback)];
      await append(place.audit, first, second);
      await receiver.count(3);
      expect(keysAt("a")).toEqual([first.hash, first.hash, second.hash]);
      await running.stop();
      expect((await readWaiting(directory.path, place.audit)).channels).toMatchObject([
        { waiting: 0, since: null, failing: null },
      ]);
    },
  );

  test("a secret that is missing is named without holding up the others, and found once it is there", async () => {
    const secret = `${directory.path}/late`;
    const place = placeIn(directory.path, {
      channels: { late: { ...hook("late"), secret: `file:${secret}` }, good: hook("good") },
    });
    await using running = await startNotifier(place);
    const entry = chain.next("activate", DETAILS.activate);
    await append(place.audit, entry);
    await untilTrue(() => keysAt("good").length === 1);
    await untilTrue(() =>
      running.attempts.some(({ outcome }) => outcome instanceof Error && /ENOENT/.test(outcome.message)),
    );
    await writeFile(secret, ENV.HOOK, { mode: 0o600 });
    await untilTrue(() => keysAt("late").length === 1);
    await running.stop();
  });
});

describe("the log", () => {
  test("that is rotated while a notifier runs loses nothing", async () => {
    const place = placeIn(directory.path, { channels: { hook: hook("a") } });
    await using running = await startNotifier(place);
    const entries = [chain.next("activate", DETAILS.activate), chain.next("rollback", DETAILS.rollback)];
    await append(place.audit, entries[0]!);
    await rename(place.audit, `${place.audit}.1`);
    await append(place.audit, entries[1]!);
    await untilTrue(() => keysAt("a").length === 2);
    expect(keysAt("a")).toEqual(entries.map(({ hash }) => hash));
    await running.stop();
  });

  test("that is replaced is told of, and so is what it has now", async () => {
    const place = placeIn(directory.path, { channels: { hook: hook("a") } });
    await append(place.audit, chain.next("activate", DETAILS.activate));
    await using running = await startNotifier(place);
    await writeFile(place.audit, "");
    await untilTrue(() => receiver.arrivals.length === 1);
    expect(JSON.parse(receiver.arrivals[0]!.body)).toMatchObject({
      type: "qsc.audit_log_changed",
      data: { unit: UNIT, host: HOST },
    });
    await running.stop();
  });
});

describe("the heartbeat", () => {
  const state = (lastJudgedAt: string): string =>
    JSON.stringify({
      version: 1,
      unit: UNIT,
      operation: "1",
      updatedAt: lastJudgedAt,
      phase: "canary",
      canary: {
        model: "xgb",
        share: 0.1,
        weights: {},
        baseline: {},
        models: {},
        formerBoot: null,
        policyHash: "a".repeat(64),
      },
      watch: {
        cutover: lastJudgedAt,
        startedAt: lastJudgedAt,
        cursor: null,
        watchedMs: 0,
        durationMs: 1,
        judgements: 1,
        events: 1,
        lastJudgedAt,
        worst: [],
      },
      evidence: null,
    });

  test("comes while a canary is live and watched, and not when the watch has ended", async () => {
    const place = placeIn(directory.path, {
      channels: { hook: hook("a") },
      heartbeat: { url: `${receiver.url}/beat`, every: "1s" },
    });
    await mkdir(dirname(place.state), { recursive: true });
    const beats = () => receiver.arrivals.filter(({ path }) => path === "/beat").length;
    await writeFile(place.state, state(new Date().toISOString()));
    await using running = await startNotifier(place);
    await untilTrue(() => beats() === 2);
    await running.stop();
    // An old judgement: the next run only sends what the log tells.
    await writeFile(place.state, state("2026-01-11T08:30:00.000Z"));
    await using again = await startNotifier(place);
    await append(place.audit, chain.next("activate", DETAILS.activate));
    await untilTrue(() => keysAt("a").length === 1);
    expect(beats()).toBe(2);
    await again.stop();
    expect(again.trouble).toEqual([]);
  });

  test("that is not accepted is trouble, and its secret address is not shown", async () => {
    receiver.reply = ({ path }) => ({ status: path.startsWith("/beat") ? 500 : 200, body: path });
    const env = { ...ENV, BEAT: `${receiver.url}/beat/geheimgeheim` };
    const place = placeIn(directory.path, { channels: { hook: hook("a") }, heartbeat: { url: "env:BEAT" } }, env);
    await mkdir(dirname(place.state), { recursive: true });
    await writeFile(place.state, state(new Date().toISOString()));
    await using running = await startNotifier(place);
    await receiver.count(1);
    await running.stop();
    expect(running.trouble.join()).not.toContain("geheim");
  });
});

test("a cursor that cannot be read is refused, not begun again", async () => {
  const place = placeIn(directory.path, { channels: { hook: hook("a") } });
  await (await startNotifier(place)).stop();
  const path = `${directory.path}/data/notify/hook.cursor.json`;
  await writeFile(path, (await readFile(path, "utf8")).replace('"offset":0', '"offset":-1'));
  await expect(startNotifier(place)).rejects.toMatchObject({ code: "cursor_broken" });
  await expect(readWaiting(directory.path, place.audit)).rejects.toMatchObject({ code: "cursor_broken" });
});
