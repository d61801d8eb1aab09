import { expect, test } from "vitest";
import { parseJournalEntry } from "../src/systemd/journal-line.js";
import { hasWritten } from "../src/systemd/main-process.js";

const MAIN = { unit: "a.service", pid: 42, fromUs: 1_000, untilUs: 2_000 };
/** A line of a process that was gone before the journal could inspect it. */
const LOST = {
  MESSAGE: "last words",
  __REALTIME_TIMESTAMP: "1768089599999999",
  __MONOTONIC_TIMESTAMP: "1500",
  _PID: "42",
};

test.each<readonly [string, Readonly<Record<string, string | undefined>>, boolean]>([
  ["its PID during its lifetime", {}, true],
  ["its PID in its unit", { _SYSTEMD_UNIT: "a.service" }, true],
  [
    "its PID in its unit of a user's manager",
    { _SYSTEMD_UNIT: "user@0.service", _SYSTEMD_USER_UNIT: "a.service" },
    true,
  ],
  ["its PID at the start of its lifetime", { __MONOTONIC_TIMESTAMP: "1000" }, true],
  ["its PID at the end of its lifetime", { __MONOTONIC_TIMESTAMP: "2000" }, true],
  ["its PID before its lifetime", { __MONOTONIC_TIMESTAMP: "999" }, false],
  ["its PID after its lifetime", { __MONOTONIC_TIMESTAMP: "2001" }, false],
  ["its PID at an unknown time", { __MONOTONIC_TIMESTAMP: undefined }, false],
  ["its PID in another start", { _SYSTEMD_INVOCATION_ID: "another", _SYSTEMD_UNIT: "a.service" }, false],
  ["its PID in another unit", { _SYSTEMD_UNIT: "b.service" }, false],
  [
    "its PID in another unit of a user's manager",
    { _SYSTEMD_UNIT: "user@0.service", _SYSTEMD_USER_UNIT: "b.service" },
    false,
  ],
  ["another PID", { _PID: "43" }, false],
  ["no PID", { _PID: undefined }, false],
])("a line with %s, %o: belongs to the main process: %s", (_, change, expected) => {
  const entry = parseJournalEntry(JSON.stringify({ ...LOST, ...change }));
  expect(entry !== null && hasWritten(MAIN, entry)).toBe(expected);
});
