import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { openSource, type EventSource } from "../src/index.js";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { ALL } from "./support/collect.js";
import { heapGrowth } from "./support/heap.js";

const LINES = 200_000;
const PAYLOAD = "x".repeat(1500);

/** About 300 MB of entries, as lines or as one array. */
async function written(open: string, between: string, close: string): Promise<EventSource> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "long.json");
  const out = createWriteStream(path);
  out.write(open);
  for (let n = 1; n <= LINES; n++) {
    const pair =
      open === "" ? `{"id":"${n}-0","fields":{"payload":"${PAYLOAD}"}}` : `["${n}-0",["payload","${PAYLOAD}"]]`;
    if (!out.write(`${n === 1 ? "" : between}${pair}`)) await once(out, "drain");
  }
  out.end(close);
  await once(out, "finish");
  return openSource(path);
}

test.each([
  ["an event log", "", "\n", "\n"],
  ["an export on one line", "[", ",", "]\n"],
])("%s of 300 MB is read in 80 MB", async (_, open, between, close) => {
  const source = await written(open, between, close);
  const { growth, count } = await heapGrowth(source.pages(ALL));
  expect(count).toBe(LINES);
  expect(growth).toBeLessThan(80 * 1024 * 1024);
});
