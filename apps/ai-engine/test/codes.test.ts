import { readFile } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import { MODEL_ERROR_CODES } from "@qsc/fail-closed";
import { expect, test } from "vitest";
import { healthOf } from "../src/observe/health.js";

test("docs/codes.md and the README name every reason why the engine is not ready", async () => {
  const all = healthOf({
    ensemble: { models: [], activeCount: 0, quorum: 1, hasQuorum: false },
    publisher: { buffered: 1, isFull: true, waitingMs: 6000 },
    facts: { build: "abc", bootId: "boot-1", shadows: new Set() },
    isFed: false,
    features: { error: null },
    rows: {
      refusals: {},
      unusable: { rows: 10, of: 10 },
      isUnusable: true,
      onlyRefused: () => ({ reason: "too_old", detail: "A sentence", leavesHole: true }),
    },
    admission: { maxAgeMs: 60_000 },
    gaps: { count: 0, last: null },
    futureIds: { error: new QscError("sink_failed", "A sentence.") },
    intents: { error: new QscError("source_auth", "A sentence.") },
  })["not_ready"];
  const page = await readFile(new URL("../../../docs/codes.md", import.meta.url), "utf8");
  const list = /in `not_ready`:([^.]*)/.exec(page)?.[1] ?? "";
  expect([...list.matchAll(/`([a-z_]+)`/g)].map(([, reason]) => reason)).toEqual(all);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  expect([...readme.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => reason)).toEqual(all);
});

test("docs/codes.md names every reason of an inactive model", async () => {
  const page = await readFile(new URL("../../../docs/codes.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## Reasons of an inactive model"));
  const list = section.slice(section.indexOf("{model,reason}"));
  expect([...list.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code)).toEqual([...MODEL_ERROR_CODES]);
});
