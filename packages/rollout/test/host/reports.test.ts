import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as soon } from "node:timers/promises";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { featureSanity, scoreboard, writeReport } from "../../src/index.js";
import { ALL, judgementContext, sourceOf } from "../support.js";

test("a directory that others may write to is refused with one piece of advice", async () => {
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o777);
  const document = await scoreboard(sourceOf([]), ALL, judgementContext(Date.UTC(2026, 0, 5)));
  const error: unknown = await writeReport(document, directory.path).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "report_failed" });
  const { message } = error as Error;
  expect(message).toContain("is not safe to use");
  expect(message.match(/--workdir/g)).toHaveLength(1);
  expect(message).not.toContain("..");
});

test("a report appears whole or not at all, and two at once have names of their own", async () => {
  await using directory = await temporaryDirectory();
  const document = await featureSanity(
    sourceOf([]),
    { ...ALL, manifest: null },
    judgementContext(Date.UTC(2026, 0, 5)),
  );
  const reports = join(directory.path, "reports", "safety");
  const progress = { isWritten: false };
  const writing = Promise.all([1, 2].map(() => writeReport(document, directory.path))).finally(() => {
    progress.isWritten = true;
  });
  const halves = new Set<string>();
  while (!progress.isWritten) {
    for (const name of namesIn(reports)) if (readFileSync(join(reports, name), "utf8") === "") halves.add(name);
    await soon();
  }
  const names = (await writing).flatMap(({ json, html, markdown }) => [json, html, markdown]);
  expect(new Set(names).size).toBe(6);
  expect([...halves]).toEqual([]);
  expect((await readdir(reports)).map((name) => join(reports, name)).sort()).toEqual([...names].sort());
});

/** The reports in a directory, once it is there. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /\.(?:json|html|md)$/.test(name));
  } catch {
    return [];
  }
}

test.each<[string, (directory: string) => Promise<unknown>, RegExp]>([
  [
    "a directory that has a report's name",
    (directory) => mkdir(join(directory, "reports", "safety", "scoreboard_latest.html"), { recursive: true }),
    /scoreboard_latest\.html could not be written: .*A directory has the name of that file: move it away/,
  ],
  [
    "a file that has the directory's name",
    (directory) => writeFile(join(directory, "reports"), ""),
    /A part of that path is a file, not a directory\. Name a writable directory/,
  ],
])("%s is named", async (_, prepare, message) => {
  await using directory = await temporaryDirectory();
  await prepare(directory.path);
  const document = await scoreboard(sourceOf([]), ALL, judgementContext(Date.UTC(2026, 0, 5)));
  const error: unknown = await writeReport(document, directory.path).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "report_failed", message: expect.stringMatching(message) as string });
});
