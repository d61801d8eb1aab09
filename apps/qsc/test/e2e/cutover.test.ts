import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { childManager, cutoverOf } from "@qsc/systemd";
import { expect, test } from "vitest";
import { qsc } from "./support/qsc.js";

const UNIT = "sleeper.service";

test("a success prints the cutover and nothing else, so that a script can use it as it is", async () => {
  await using directory = await temporaryDirectory();
  const services = childManager(directory.path);
  await writeFile(join(directory.path, UNIT), "[Service]\nExecStart=/bin/sleep 600\n");
  const { startedUs } = await services.start(UNIT, 10_000).then(async () => services.state(UNIT));
  const args = ["cutover", "--services", `child:${directory.path}`, "--unit", UNIT, "--source", "file:intents.ndjson"];
  try {
    const { code, out, err } = await qsc(args, { cwd: directory.path });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`${cutoverOf(await services.state(UNIT))}\n`);
    expect(Date.parse(out.trim())).toBe(Math.floor((startedUs ?? 0) / 1000));
    const verbose = await qsc([...args, "--verbose"], { cwd: directory.path });
    expect(verbose).toMatchObject({ code: 0, out });
    expect(verbose.err).toContain(`${UNIT} started at`);
    expect(verbose.err).toContain("config  none");
    const quiet = await qsc([...args, "--quiet"], { cwd: directory.path });
    expect(quiet).toEqual({ code: 0, out, err: "" });
  } finally {
    await services.stop(UNIT, 10_000);
  }
  const stopped = await qsc(args, { cwd: directory.path });
  expect(stopped).toMatchObject({ code: 2, out: "" });
  expect(stopped.err).toContain("Start it first");
  expect(stopped.err).toContain("config  none");
});
