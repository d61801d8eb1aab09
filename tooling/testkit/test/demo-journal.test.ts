import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { expect, it } from "vitest";

import { demoTelemetry } from "../src/demo-journal.js";
import { encodeJournal } from "../src/journal.js";
import { repositoryRoot } from "../src/recording.js";

it("demo/healthy.ndjson.gz is what `npm run demo:journal` writes", async () => {
  const committed = await readFile(join(repositoryRoot, "demo", "healthy.ndjson.gz"));
  // The text and not the compressed bytes: zlib's choices differ from one Node version to the next.
  expect(gunzipSync(committed).equals(encodeJournal(demoTelemetry().entries))).toBe(true);
  expect(committed.readUInt32LE(4), "no time in the gzip header").toBe(0);
  expect(committed.length).toBeLessThan(100_000);
});
