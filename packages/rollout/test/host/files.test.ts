import { execFileSync } from "node:child_process";
import { mkdir, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import type { UnitState } from "@qsc/systemd";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeFile, replaceFile } from "../../src/host/files.js";
import { hostFiles } from "../../src/host/host-files.js";
import { UnitEnvironment } from "../../src/canary/unit-environment.js";

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await directory.remove();
});

test("a file is created and replaced, with its directories, and nothing else is left", async () => {
  const path = join(directory.path, "a", "b", "file");
  for (const text of ["one", "another"]) {
    await replaceFile(hostFiles, path, text, 0o600);
    expect(await hostFiles.read(path)).toBe(text);
  }
  expect(await readdir(join(directory.path, "a", "b"))).toEqual(["file"]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await removeFile(hostFiles, path);
  await removeFile(hostFiles, path);
  expect(await hostFiles.read(path)).toBeNull();
});

test("many replacements at once leave one whole file", async () => {
  const path = join(directory.path, "file");
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(5000 + index));
  await Promise.all(texts.map((text) => replaceFile(hostFiles, path, text)));
  expect(texts).toContain(await hostFiles.read(path));
  expect(await readdir(directory.path)).toEqual(["file"]);
});

test("a file is overwritten without growing, and appended to", async () => {
  const path = join(directory.path, "file");
  await hostFiles.write(path, "abcdef");
  await hostFiles.overwrite(path, "xy");
  expect(await hostFiles.append(path, "?", "abcdef")).toBe(false);
  expect(await hostFiles.append(path, "!", "xycdef")).toBe(true);
  expect(await hostFiles.read(path)).toBe("xycdef!");
  await expect(hostFiles.overwrite(join(directory.path, "none"), "x")).rejects.toMatchObject({ code: "file_failed" });
});

test("a failure names the path, and leaves nothing behind", async () => {
  await mkdir(join(directory.path, "taken"));
  await writeFile(join(directory.path, "taken", "inside"), "");
  await expect(replaceFile(hostFiles, join(directory.path, "taken"), "text")).rejects.toMatchObject({
    code: "file_failed",
    message: expect.stringContaining("taken") as string,
  });
  expect(await readdir(directory.path)).toEqual(["taken"]);
  await expect(hostFiles.read(join(directory.path, "taken"))).rejects.toMatchObject({ code: "file_failed" });
});

describe("a file that would keep a reader waiting, or never ends", () => {
  const fifo = (): string => {
    const path = join(directory.path, "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  };

  test.each<[string, () => Promise<string> | string, RegExp]>([
    ["a pipe without a writer", fifo, /is not a regular file but a (pipe|device)/],
    ["a device", () => "/dev/zero", /is not a regular file but a (pipe|device)/],
    [
      "more than 64 MiB",
      async () => {
        const path = join(directory.path, "large");
        await writeFile(path, "");
        await truncate(path, 64 * 1024 * 1024 + 1);
        return path;
      },
      /is larger than 67108864 bytes/,
    ],
  ])("is refused at once: %s", async (_, make, why) => {
    const path = await make();
    await expect(hostFiles.read(path)).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringMatching(why) as string,
    });
  });

  test("leaves a canary's variables unknown if it is a unit's environment file", async () => {
    const path = fifo();
    // The part of a unit that determines its environment.
    const state = {
      environment: new Map(),
      dropIns: [],
      passEnvironment: [],
      unsetEnvironment: [],
      environmentFiles: [path],
    } as unknown as UnitState;
    const environment = await UnitEnvironment.read(state, hostFiles, true);
    expect(() => environment.find("QSC_CANARY_WEIGHTS")).toThrow(
      /QSC_CANARY_WEIGHTS is unknown: .*is not a regular file/,
    );
  });

  test("but not a file of /proc, whose size the system does not report", async () => {
    expect(await hostFiles.read("/proc/self/status")).toContain("Name:");
  });
});
