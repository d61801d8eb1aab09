import { chmod } from "node:fs/promises";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { scoreboard, writeReport } from "../../src/index.js";
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
