import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { expect, it } from "vitest";

import { demoTelemetry } from "../src/demo-log.js";
import { encodeEventLog } from "../src/event-log.js";
import { repositoryRoot } from "../src/recording.js";

it("demo/healthy.ndjson.gz is what `npm run demo:log` writes", async () => {
  const committed = await readFile(join(repositoryRoot, "demo", "healthy.ndjson.gz"));
  // Compares the text, not the compressed bytes: zlib differs between Node versions.
  expect(gunzipSync(committed).equals(encodeEventLog(demoTelemetry().entries))).toBe(true);
  expect(committed.readUInt32LE(4), "no time in the gzip header").toBe(0);
  expect(committed.length).toBeLessThan(100_000);
});
