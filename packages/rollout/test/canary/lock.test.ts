import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { socketLock } from "../../src/canary/lock.js";

const NAME = "acts on engine.service";
const PACKAGE = join(import.meta.dirname, "../..");
const HOLD = `
  import { socketLock } from "@qsc/rollout";
  const [directory, holder] = process.argv.slice(1);
  await socketLock(directory, ${JSON.stringify(NAME)}, holder).acquire(0);
  process.stdout.write("held");
  setInterval(() => undefined, 1000);
`;

let directory: TemporaryDirectory;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const child of children) await killed(child);
  await directory.remove();
});

/** Another process that has the lock. */
async function holding(holder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLD, directory.path, holder], { cwd: PACKAGE, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => { throw new Error("it did not get the lock"); })]);
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  children.delete(child);
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

const ours = (name = NAME, path = directory.path) => socketLock(path, name, "us");

describe("the lock of two processes", () => {
  test("is one's, who is told by name; it is free again when that one is killed", async () => {
    const child = await holding("qsc activate of ada on host-1");
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^qsc activate of ada on host-1 acts on engine.service now; /) as string });
    await killed(child);
    await (await ours().acquire(0))();
  });

  test("is waited for", async () => {
    const child = await holding("another");
    const [release] = await Promise.all([ours().acquire(8000), killed(child)]);
    await release();
  });

  test("that does not answer is another command's", async () => {
    const child = await holding("another");
    child.kill("SIGSTOP");
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^Another command acts/) as string });
  });
});

describe("a lock", () => {
  test("is free once it is released", async () => {
    for (let time = 0; time < 3; time += 1) await (await ours().acquire(0))();
  });

  test("is of one directory under all its names, and of one name", async () => {
    const [real, link, other] = [join(directory.path, "real"), join(directory.path, "link"), join(directory.path, "other")];
    await mkdir(real);
    await mkdir(other);
    await symlink(real, link);
    const release = await ours(NAME, real).acquire(0);
    await expect(ours(NAME, link).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await expect(ours(NAME, join(real, "..", "real")).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await (await ours(NAME, other).acquire(0))();
    await (await ours("watches engine.service", real).acquire(0))();
    await release();
  });

  test("is of a directory that is not there yet, too", async () => {
    const missing = join(directory.path, "not", "yet");
    const release = await ours(NAME, missing).acquire(0);
    await expect(ours(NAME, missing).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await release();
  });
});
