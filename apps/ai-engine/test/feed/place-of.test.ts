import { expect, test } from "vitest";
import { placeOf } from "../../src/feed/place-of.js";

test.each([
  ["redis://host:6379/1", "redis://host:6379/1"],
  ["rediss://user:secret@host:6379", "rediss://host:6379"],
  ["redis://:sec@ret@host:6379", "redis://host:6379"],
  ["redis://:se/cr#e?t@host:6379", "redis://host:6379"],
  ["redis+sentinel://:secret@a:1,b:2/engine/0?sentinelPassword=secret", "redis+sentinel://a:1,b:2/engine/0"],
  ["file:/var/lib/features.ndjson", "file:/var/lib/features.ndjson"],
])("%s is shown as %s", (url, shown) => {
  expect(placeOf(url)).toBe(shown);
});
