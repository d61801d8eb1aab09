import { expect, test } from "vitest";
import { parseJournalEntry } from "../src/systemd/journal-line.js";

const FIELDS = {
  MESSAGE: "hello",
  __REALTIME_TIMESTAMP: "1768089599999999",
  _PID: "42",
  _SYSTEMD_INVOCATION_ID: "a",
  SYSLOG_IDENTIFIER: "sh",
  PRIORITY: "6",
};

test("reads a line's text, time and process", () => {
  expect(parseJournalEntry(JSON.stringify(FIELDS))?.line).toEqual({
    timeUs: 1_768_089_599_999_999,
    message: "hello",
    pid: 42,
    invocationId: "a",
    identifier: "sh",
    priority: 6,
  });
});

test.each([
  [{ MESSAGE: [104, 105, 255, 27] }, { message: "hi\ufffd\u001b" }],
  [{ MESSAGE: ["first", "second"] }, { message: "first" }],
  [{ MESSAGE: "" }, { message: "" }],
  [
    { _PID: undefined, PRIORITY: undefined, SYSLOG_IDENTIFIER: null },
    { pid: null, priority: null, identifier: null },
  ],
  [{ PRIORITY: "x" }, { priority: null }],
])("%j", (change, expected) => {
  expect(parseJournalEntry(JSON.stringify({ ...FIELDS, ...change }))?.line).toMatchObject(expected);
});

test.each([
  "",
  "-- No entries --",
  "{",
  "[]",
  "null",
  JSON.stringify({ ...FIELDS, MESSAGE: null }),
  JSON.stringify({ ...FIELDS, __REALTIME_TIMESTAMP: "soon" }),
])("ignores %j", (line) => {
  expect(parseJournalEntry(line)).toBeNull();
});
