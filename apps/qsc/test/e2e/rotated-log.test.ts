import { mkdtemp, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  recordingOrSkip,
  temporaryDirectory,
  writeEventLog,
  type Entry,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { GateDocument, SanityDocument, ScoreboardDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { document } from "./support/qsc.js";
import { recordedEntries } from "./support/recorded.js";

const timeOf = ({ id }: Entry): string => new Date(Number(id.split("-")[0])).toISOString();

describeRequiring(recordingOrSkip(), "a log whose first entries were rotated away", (path) => {
  const entries = recordedEntries(path);
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(() => directory.remove());

  /** The entries in two files: the first ten were rotated away under this name. */
  async function rotated(name: string): Promise<string> {
    const folder = await mkdtemp(join(directory.path, "log-"));
    const log = join(folder, "journal.ndjson");
    await writeEventLog(join(folder, `first${name.endsWith(".gz") ? ".ndjson.gz" : ".ndjson"}`), entries.slice(0, 10));
    await rename(join(folder, `first${name.endsWith(".gz") ? ".ndjson.gz" : ".ndjson"}`), join(folder, name));
    await writeEventLog(log, entries.slice(10));
    return log;
  }

  const first = entries[0]!;
  const tenth = entries[10]!;

  test.each(["journal.ndjson.1", "journal.ndjson.2.gz", "journal-20251122.ndjson"])(
    "is refused if the cutover is older than the log: %s",
    async (name) => {
      const log = await rotated(name);
      for (const command of [["quality-gate", "--mode", "canary"], ["scoreboard"], ["feature-sanity"]]) {
        const judged = await document<GateDocument | ScoreboardDocument | SanityDocument>(
          [...command, "--source", `file:${log}`, "--after", timeOf(first)],
          { cwd: directory.path },
        );
        expect(judged.code, command[0]).toBe(2);
        const gap = judged.integrity.find(({ id }) => id === "stream_gap");
        expect(gap).toMatchObject({
          status: "violation",
          reason: expect.stringContaining(`are in '${name}' and were not read`) as string,
        });
      }
    },
  );

  test.each([
    ["the cutover is in the log", ["--after", timeOf(tenth)]],
    ["all that the log has is asked for", []],
  ])("is judged if %s", async (_, options) => {
    const log = await rotated("journal.ndjson.1");
    const judged = await document(["quality-gate", "--mode", "canary", "--source", `file:${log}`, ...options], {
      cwd: directory.path,
    });
    expect(judged.integrity.find(({ id }) => id === "stream_gap")?.status).toBe("pass");
    expect(judged.counts.read).toBe(entries.length - 10);
  });

  test("is judged if there is another log beside it", async () => {
    const log = await rotated("journal-shadow.ndjson");
    await writeFile(`${log}.notes`, "nothing that was rotated\n");
    const judged = await document(
      ["quality-gate", "--mode", "canary", "--source", `file:${log}`, "--after", timeOf(first)],
      { cwd: directory.path },
    );
    expect(judged.integrity.find(({ id }) => id === "stream_gap")?.status).toBe("pass");
  });
});
