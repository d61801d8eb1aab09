import { QscError } from "@qsc/contract";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OutageLog } from "../../src/observe/outage-log.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const AWAY = new QscError("source_unreachable", "Connection refused.");
const REFUSED = new QscError("source_auth", "The password is wrong.");

function outages() {
  const said: unknown[] = [];
  const write = (details: { err?: QscError; kept: number }, text: string) =>
    said.push([text, details.err?.code ?? null, details.kept]);
  let kept = 0;
  const log = { error: write, info: write } as unknown as ConstructorParameters<typeof OutageLog>[0];
  return {
    said,
    outage: new OutageLog(log, { begins: "begins", lasts: "lasts", ends: "ends" }, () => ({ kept: (kept += 1) })),
  };
}

test("an outage is logged once for each reason, every minute while it lasts, and when it ends", () => {
  const { said, outage } = outages();
  for (const error of [AWAY, AWAY, REFUSED, REFUSED]) outage.tell(error);
  expect(outage.error).toBe(REFUSED);
  expect(said).toEqual([
    ["begins", "source_unreachable", 1],
    ["begins", "source_auth", 2],
  ]);
  vi.advanceTimersByTime(120_000);
  expect(said.slice(2)).toEqual([
    ["lasts", "source_auth", 3],
    ["lasts", "source_auth", 4],
  ]);
  outage.tell(null);
  outage.tell(null);
  expect(said.slice(4)).toEqual([["ends", null, 5]]);
  expect([outage.error, vi.getTimerCount()]).toEqual([null, 0]);
});
