import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireCommands, temporaryDirectory } from "@qsc-tooling/testkit";
import type { EntryId } from "@qsc/contract";
import { openSource } from "../../src/index.js";
import { Following } from "../support/collect.js";
import { newEntry } from "../support/new-entries.js";
import { openedSink } from "../support/sink.js";

const run = promisify(execFile);

/** The configuration from the README, for a log at another path. */
async function exampleFor(path: string, ...more: readonly string[]): Promise<string> {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const example = /```logrotate\n(.*?)```/s.exec(readme)?.[1] ?? "";
  expect(example).toContain("/var/lib/qsc/intents.ndjson {");
  const kept = more.includes("nocreate") ? example.replace("    create\n", "") : example;
  return kept.replace("/var/lib/qsc/intents.ndjson {", [`${path} {`, ...more].join("\n    "));
}

/** A log with a writer that never stops and a follower, rotated by logrotate. */
async function live(...more: readonly string[]) {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  const sink = await openedSink(path);
  const source = await openSource(path, { follow: true });
  onTestFinished(() => source.close());
  const written: EntryId[] = [];
  const writer = { goesOn: true };
  const writing = (async () => {
    while (writer.goesOn) written.push(...(await sink.append([newEntry(`${written.length + 1}-0`)])));
  })();
  const stopWriting = async (): Promise<void> => {
    writer.goesOn = false;
    await writing;
  };
  onTestFinished(stopWriting);
  const following = new Following(source);
  const configuration = join(directory.path, "logrotate.conf");
  await writeFile(configuration, await exampleFor(path, ...more), { mode: 0o600 });
  return {
    following,
    source,
    written,
    files: async () => (await readdir(directory.path)).filter((name) => name.startsWith("journal")).sort(),
    /** Waits until everything written so far, and something more, has been read. */
    caughtUp: async () => {
      const soFar = written.length;
      await following.until(() => following.items.length > soFar + 10);
    },
    rotate: () => run("logrotate", ["--force", "--state", join(directory.path, "state"), configuration]),
    stop: async () => {
      await stopWriting();
      await following.until(() => following.items.length >= written.length);
      await following.stop();
    },
  };
}

describeRequiring(
  requireCommands("logrotate"),
  "a log that the real logrotate rotates under its writer and its follower",
  () => {
    test("with the README's configuration: every entry once, in order, no gap", async () => {
      const log = await live();
      await log.caughtUp();
      for (let times = 0; times < 3; times++) {
        await log.rotate();
        await log.caughtUp();
      }
      await log.stop();
      expect(await log.files()).toEqual([
        "journal.ndjson",
        "journal.ndjson.1",
        "journal.ndjson.2.gz",
        "journal.ndjson.3.gz",
      ]);
      expect(log.following.ids).toEqual(log.written);
      expect(log.source.gaps()).toEqual([]);
      expect(log.following.outages.every((code) => code === null || code === "source_missing")).toBe(true);
    });

    test.each([
      ["with dates as names", ["dateext", "dateformat -%Y%m%d-%s"], /^journal\.ndjson-\d{8}-\d+$/],
      ["with the number before the extension", ["extension .ndjson"], /^journal\.1\.ndjson$/],
      ["without a new file, which the writer creates itself", ["nocreate"], /^journal\.ndjson\.1$/],
    ])("%s, too", async (_, more, rotated) => {
      const log = await live(...more);
      await log.caughtUp();
      await log.rotate();
      await log.caughtUp();
      await log.stop();
      const files = (await log.files()).filter((name) => name !== "journal.ndjson");
      expect(files).toEqual([expect.stringMatching(rotated) as string]);
      expect(log.following.ids).toEqual(log.written);
      expect(log.source.gaps()).toEqual([]);
    });

    test("with copytruncate it is a gap", async () => {
      const log = await live("copytruncate");
      await log.caughtUp();
      await log.rotate();
      await log.following.until(() => log.source.gaps().length > 0);
      await log.following.stop();
      expect(log.source.gaps()).toMatchObject([{ kind: "truncated" }]);
    });
  },
);
