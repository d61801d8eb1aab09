import { expect, test } from "vitest";
import { DeliveryError } from "../../src/channels/channel.js";
import { EVENT_NAMES } from "../../src/notice/events.js";
import type { Notice } from "../../src/notice/notice.js";
import { BEGINNING } from "../../src/log/follow.js";
import { hostFiles } from "../../src/log/host-files.js";
import { toldNotice, type WaitingNotice } from "../../src/outbox/folding.js";
import { neighbourWatch } from "../../src/outbox/failing.js";
import { HOST, UNIT } from "../support/audit.js";

const START = Date.UTC(2026, 0, 11, 9);
const FAILING = { since: new Date(START).toISOString(), attempts: 3, said: "HTTP 500" };
const CURSOR = {
  version: 1,
  channel: "one",
  kind: "webhook",
  events: [],
  position: BEGINNING,
  acceptedAt: null,
} as const;

/** A watch of channel `one` after a start at which it was failing or not, and what `two` is told. */
function started(failing: typeof FAILING | null, nowMs: number) {
  const reports = { directory: "/reports", link: null };
  const source = { files: hostFiles, path: "/log", reports, unit: UNIT, host: HOST, now: () => nowMs };
  const [one, two] = ["one", "two"].map((name) => ({
    name,
    events: new Set(EVENT_NAMES),
    extra: [] as WaitingNotice[],
  }));
  const neighbours = [
    { ...one!, cursor: { ...CURSOR, failing } },
    { ...two!, cursor: { ...CURSOR, channel: "two", failing: null } },
  ];
  return { watch: neighbourWatch(source, neighbours, () => undefined), told: two!.extra };
}

const accepted = { notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...CURSOR, failing: null } };

test("a channel that recovers after a restart of the notifier is told of: its incident would stay open", () => {
  const { watch, told } = started(FAILING, START + 300_000);
  watch(accepted);
  watch(accepted);
  expect(told.map(toldNotice)).toMatchObject([{ event: "channel_recovered", closes: ["channel"], subject: "one" }]);
});

test("a channel that still fails after a restart is told of again, with the key that it had", () => {
  const refused = { ...accepted, outcome: new DeliveryError("HTTP 500"), cursor: { ...CURSOR, failing: FAILING } };
  const before = started(null, START + 60_000);
  before.watch(refused);
  const after = started(FAILING, START + 300_000);
  after.watch(refused);
  after.watch(accepted);
  expect(after.told.map(({ notice }) => notice.event)).toEqual(["channel_failing", "channel_recovered"]);
  expect(after.told[0]!.notice.key).toBe(before.told[0]!.notice.key);
});

test("a channel that had failed only for a moment before the restart is not told of", () => {
  const { watch, told } = started(FAILING, START + 59_000);
  watch(accepted);
  expect(told).toEqual([]);
});

test("a channel that has failed for a minute is told of once through the others, and so is its recovery", () => {
  let now = START;
  const reports = { directory: "/reports", link: null };
  const source = { files: hostFiles, path: "/log", reports, unit: UNIT, host: HOST, now: () => now };
  const neighbours = ["one", "two", "three"].map((name) => ({
    name,
    events: new Set(name === "three" ? [] : EVENT_NAMES),
    extra: [] as WaitingNotice[],
    cursor: { ...CURSOR, channel: name, failing: null },
  }));
  const watch = neighbourWatch(source, neighbours, () => undefined);
  const told = () => neighbours.map(({ extra }) => extra.map(({ notice }) => notice.event));
  const fail = (afterMs: number): void => {
    now = START + afterMs;
    watch({ notice: {} as Notice, outcome: new DeliveryError("HTTP 500"), cursor: { ...CURSOR, failing: FAILING } });
  };
  fail(0);
  fail(59_999);
  expect(told()).toEqual([[], [], []]);
  fail(60_000);
  fail(120_000);
  expect(told()).toEqual([[], ["channel_failing"], []]);
  const [waiting] = neighbours[1]!.extra;
  expect(waiting?.notice).toMatchObject({ opens: "channel", subject: "one", why: "HTTP 500" });
  watch({ notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...CURSOR, failing: null } });
  watch({ notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...CURSOR, failing: null } });
  expect(told()).toEqual([[], ["channel_failing", "channel_recovered"], []]);
});

test("a channel that flaps while another is down fills no queue: the newest word is told, and how many are left out", () => {
  let now = START;
  const reports = { directory: "/reports", link: null };
  const source = { files: hostFiles, path: "/log", reports, unit: UNIT, host: HOST, now: () => now };
  const neighbours = ["one", "two"].map((name) => ({
    name,
    events: new Set(EVENT_NAMES),
    extra: [] as WaitingNotice[],
    cursor: { ...CURSOR, channel: name, failing: null },
  }));
  const watch = neighbourWatch(source, neighbours, () => undefined);
  const flap = (): void => {
    const failing = { ...FAILING, since: new Date(now).toISOString() };
    now += 60_000;
    watch({ notice: {} as Notice, outcome: new DeliveryError("HTTP 500"), cursor: { ...CURSOR, failing } });
    watch({ notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...CURSOR, failing: null } });
  };
  for (let index = 0; index < 500; index += 1) flap();
  const { extra } = neighbours[1]!;
  const told = extra.map(toldNotice);
  // The first may be on its way, and stays. Beginnings and ends take turns, so that no incident stays open.
  expect(told.map(({ event }) => event)).toEqual(["channel_failing", "channel_recovered"]);
  expect(told[0]!.done).not.toContain("left out");
  expect(told[1]!.done).toContain(" 998 earlier notices of the same kind");
  extra.shift();
  extra.shift();
  flap();
  expect(extra.map(toldNotice).map(({ done }) => done.includes("left out"))).toEqual([false, false]);
});
