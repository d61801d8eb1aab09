import { expect, test } from "vitest";
import { assertSourceUrl } from "../src/index.js";

test.each(["redis://host", "rediss://u:p@host:6380/1", "redis+sentinel://a,b/master", "redis+cluster://a:1,b:2", "file:x.ndjson", "file:///var/x", "x.ndjson", "a/b.jsonl"])(
  "%s can name a source", (url) => { expect(() => { assertSourceUrl(url); }).not.toThrow(); },
);

test.each(["", "x", "http://host", "redis://", "redis://host:99999", "redis+sentinel://a", "file:", "redis://u:geheim@host:port"])(
  "%s cannot, and no password shows", (url) => {
    expect(() => { assertSourceUrl(url); }).toThrow(expect.objectContaining({ code: "invalid_source", message: expect.not.stringContaining("geheim") as unknown }));
  },
);
