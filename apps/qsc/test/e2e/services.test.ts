import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededTelemetry, temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import type { CutoverDocument } from "@qsc/contract";
import { childManager, cutoverOf } from "@qsc/systemd";
import { expect, onTestFinished, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const UNIT = "engine.service";

async function place(): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  await writeEventLog(join(directory.path, "j.ndjson"), seededTelemetry({ count: 10, intervalMs: 1000 }).entries);
  return directory.path;
}

test("a unit of plain child processes has a cutover while it runs", async () => {
  const cwd = await place();
  await writeFile(join(cwd, UNIT), "[Service]\nExecStart=/bin/sleep 1000\n");
  const manager = childManager(cwd);
  const state = await manager.start(UNIT, 10_000);
  onTestFinished(async () => {
    await manager.stop(UNIT, 10_000);
  });
  const args = ["cutover", "--source", "file:j.ndjson", "--services", "child:.", "--unit", UNIT];
  expect(await document<CutoverDocument>(args, { cwd })).toMatchObject({ code: 0, cutover: cutoverOf(state) });
  await manager.stop(UNIT, 10_000);
  expect(await document<CutoverDocument>(args, { cwd })).toMatchObject({ code: 2, cutover: null });
});

test.each([
  [["--services", "systemd"], "write system, user, or child:DIR"],
  [["--services", "child:"], "write system, user, or child:DIR"],
  [["--services", "user", "--host", "op@engine"], "--host needs --services system, not 'user'"],
  [["--services", "child:.", "--host", "op@engine"], "--host needs --services system"],
  [["--host=-oProxyCommand=id"], "'-oProxyCommand=id' is not a host"],
])("%j is refused", async (settings, words) => {
  const { code, err } = await qsc(["cutover", "--source", "file:j.ndjson", ...settings], { cwd: await place() });
  expect(code).toBe(1);
  expect(err).toContain(words);
});
