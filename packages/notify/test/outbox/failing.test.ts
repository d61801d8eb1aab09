import { expect, test } from "vitest";
import { DeliveryError } from "../../src/channels/channel.js";
import { EVENT_NAMES } from "../../src/notice/events.js";
import type { Notice } from "../../src/notice/notice.js";
import { BEGINNING } from "../../src/log/follow.js";
import { hostFiles } from "../../src/log/host-files.js";
import { neighbourWatch } from "../../src/outbox/failing.js";
import { HOST, UNIT } from "../support/audit.js";

const START = Date.UTC(2026, 0, 11, 9);

test("a channel that has failed for a minute is told of once through the others, and so is its recovery", () => {
  let now = START;
  const reports = { directory: "/reports", link: null };
  const source = { files: hostFiles, path: "/log", reports, unit: UNIT, host: HOST, now: () => now };
  const neighbours = ["one", "two", "three"].map((name) => ({
    name,
    events: new Set(name === "three" ? [] : EVENT_NAMES),
    extra: [] as Notice[],
  }));
  const watch = neighbourWatch(source, neighbours, () => undefined);
  const told = () => neighbours.map(({ extra }) => extra.map(({ event }) => event));
  const cursor = {
    version: 1,
    channel: "one",
    kind: "webhook",
    events: [],
    position: BEGINNING,
    acceptedAt: null,
  } as const;
  const fail = (afterMs: number): void => {
    now = START + afterMs;
    const failing = { since: new Date(START).toISOString(), attempts: 3, said: "HTTP 500" };
    watch({ notice: {} as Notice, outcome: new DeliveryError("HTTP 500"), cursor: { ...cursor, failing } });
  };
  fail(0);
  fail(59_999);
  expect(told()).toEqual([[], [], []]);
  fail(60_000);
  fail(120_000);
  expect(told()).toEqual([[], ["channel_failing"], []]);
  const [notice] = neighbours[1]!.extra;
  expect(notice).toMatchObject({ opens: "channel", subject: "one", why: "HTTP 500" });
  watch({ notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...cursor, failing: null } });
  watch({ notice: {} as Notice, outcome: { said: "HTTP 200" }, cursor: { ...cursor, failing: null } });
  expect(told()).toEqual([[], ["channel_failing", "channel_recovered"], []]);
});
