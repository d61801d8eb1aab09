import type { EntryId } from "@qsc/contract";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FutureIds } from "../../src/observe/future-ids.js";
import type { Log } from "../../src/observe/log.js";

const NOW = 1_700_000_000_000;
const at = (ms: number): EntryId => `${ms}-0` as EntryId;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watching(stream: string | null) {
  const said: string[] = [];
  const write = (_: object, text: string): void => {
    said.push(text);
  };
  const clock = { now: NOW };
  const log = { json: { error: write, info: write } } as unknown as Log;
  const sink = { label: stream === null ? "file:/x/intents.ndjson" : "redis://host:6379", stream };
  return { said, clock, ids: new FutureIds({ sink, log, now: () => clock.now }) };
}

test("an ID up to 5 s ahead counts as clock difference; beyond that it is logged at once, every minute, and when it ends", () => {
  const { said, clock, ids } = watching("s");
  expect([ids.see(at(NOW + 5000)), ids.error, ids.aheadSeconds]).toEqual([false, null, 0]);
  for (let n = 0; n < 3; n += 1) expect(ids.see(at(NOW + 60_000))).toBe(true);
  expect([said, ids.aheadSeconds]).toEqual([["decisions are written under IDs from the future"], 60]);
  vi.advanceTimersByTime(60_000);
  expect(said[1]).toBe("decisions are still written under IDs from the future");
  clock.now += 56_000;
  expect([ids.see(at(NOW + 60_001)), ids.error, ids.aheadSeconds]).toEqual([false, null, 0]);
  expect(said[2]).toBe("decisions are written under IDs of their own time again");
});

test("the sentence names the place and the ID, and says what to do there", () => {
  const stream = watching("s").ids;
  stream.see(at(NOW + 3_600_000));
  expect(stream.error?.message).toBe(
    `The stream 's' at redis://host:6379 has the entry ${NOW + 3_600_000}-0, 3600 s ahead of this host's clock. Decisions get IDs after it, which are not their times, and no judge accepts them. ` +
      "Check this host's clock and the writer's; if this one is right, stop the engine, move the stream away (RENAME s s:aside), and start it again.",
  );
  const log = watching(null).ids;
  log.see("18446744073709551615-18446744073709551615");
  expect(log.error?.message).toMatch(
    /^file:\/x\/intents\.ndjson has the entry 18446744073709551615-.*stop the engine, move the event log away, and start it again\.$/,
  );
});
