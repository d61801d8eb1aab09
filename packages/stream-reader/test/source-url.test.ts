import { expect, test } from "vitest";
import { assertSourceUrl, eventLogOf, nameSource } from "../src/index.js";

test.each([
  "redis://host",
  "rediss://u:p@host:6380/1",
  "redis+sentinel://a,b/master",
  "redis+cluster://a:1,b:2",
  "file:x.ndjson",
  "file:///var/x",
  "x.ndjson",
  "a/b.jsonl",
])("%s can name a source", (url) => {
  expect(() => {
    assertSourceUrl(url);
  }).not.toThrow();
});

test.each([
  "",
  "x",
  "http://host",
  "redis://",
  "redis://host:99999",
  "redis+sentinel://a",
  "file:",
  "redis://u:geheim@host:port",
])("%s cannot, and no password is shown", (url) => {
  expect(() => {
    assertSourceUrl(url);
  }).toThrow(
    expect.objectContaining({ code: "invalid_source", message: expect.not.stringContaining("geheim") as unknown }),
  );
});

test.each([
  ["redis://u:geheim@host:6380/1", { label: "redis://host:6380/1", stream: "quantum:stream:trade.intent" }],
  ["redis://host", { label: "redis://host:6379", stream: "quantum:stream:trade.intent" }],
  ["file:x.ndjson", { label: "file:x.ndjson", stream: null }],
  ["/var/x.jsonl", { label: "file:/var/x.jsonl", stream: null }],
])("%s has a name, without existing", (url, name) => {
  expect(nameSource(url)).toEqual(name);
});

test.each(["", "x", "http://host", "redis://u:geheim@host:port"])("%s names nothing", (url) => {
  expect(() => nameSource(url)).toThrow(
    expect.objectContaining({ code: "invalid_source", message: expect.not.stringContaining("geheim") as unknown }),
  );
});

test.each([
  ["file:/var/lib/a%20b.ndjson", "/var/lib/a b.ndjson"],
  ["intents.ndjson", "intents.ndjson"],
  ["redis://localhost:6379", null],
  ["rediss://localhost", null],
])("the event log of %s is %s", (url, path) => {
  expect(eventLogOf(url)).toBe(path);
});
