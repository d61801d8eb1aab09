import { expect, test } from "vitest";
import { assertSourceUrl, eventLogOf, nameSource } from "../src/index.js";

test.each([
  "redis://host",
  "rediss://u:p@host:6380/1",
  "redis+sentinel://a,b/master",
  "redis+cluster://a:1,b:2",
  "nats://host",
  "nats://token@a:4222,[::1]:4223",
  "tls://u:p@host?ca=/x",
  "nats+tls://host?cert=/c&key=/k",
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
  "nats://",
  "nats://:geheim@host",
  "nats://u:geheim@host:99999",
  "nats://u:geheim@host/path",
  "nats://u:geheim@host?ca=/x",
  "tls://u:geheim@host?cert=/c",
  "tls://u:geheim@host?password=geheim",
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
  ["nats://u:geheim@a,b:4223", { label: "nats://a:4222,b:4223", stream: "quantum:stream:trade.intent" }],
  ["TLS://geheim@[::1]/", { label: "tls://[::1]:4222", stream: "quantum:stream:trade.intent" }],
  ["file:x.ndjson", { label: "file:x.ndjson", stream: null }],
  ["/var/x.jsonl", { label: "file:/var/x.jsonl", stream: null }],
])("%s has a name, without existing", (url, name) => {
  expect(nameSource(url)).toEqual(name);
});

test.each(["a b", "a.*", "a.>", ".a", "a.", "a..b", "a\nb"])("%j is not a subject of NATS", (stream) => {
  expect(() => nameSource("nats://host", { stream })).toThrow(
    expect.objectContaining({
      code: "invalid_source",
      message: expect.stringContaining("is not a subject") as unknown,
    }),
  );
  expect(nameSource("redis://host", { stream })).toMatchObject({ stream });
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
  ["nats://localhost", null],
])("the event log of %s is %s", (url, path) => {
  expect(eventLogOf(url)).toBe(path);
});
