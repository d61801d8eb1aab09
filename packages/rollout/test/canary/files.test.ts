import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostFiles, removeFile, replaceFile } from "../../src/canary/files.js";

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await directory.remove();
});

test("a file is put in the place of none and of another, with its directories, and nothing is left beside it", async () => {
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

test("many at once leave one of them, whole", async () => {
  const path = join(directory.path, "file");
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(5000 + index));
  await Promise.all(texts.map((text) => replaceFile(hostFiles, path, text)));
  expect(texts).toContain(await hostFiles.read(path));
  expect(await readdir(directory.path)).toEqual(["file"]);
});

test("a file is written over without growing, and appended to", async () => {
  const path = join(directory.path, "file");
  await hostFiles.write(path, "abcdef");
  await hostFiles.overwrite(path, "xy");
  await hostFiles.append(path, "!");
  expect(await hostFiles.read(path)).toBe("xycdef!");
  await expect(hostFiles.overwrite(join(directory.path, "none"), "x")).rejects.toMatchObject({ code: "file_failed" });
});

test("what cannot be done is told with the path, and leaves nothing behind", async () => {
  await mkdir(join(directory.path, "taken"));
  await writeFile(join(directory.path, "taken", "inside"), "");
  await expect(replaceFile(hostFiles, join(directory.path, "taken"), "text")).rejects.toMatchObject({ code: "file_failed", message: expect.stringContaining("taken") as string });
  expect(await readdir(directory.path)).toEqual(["taken"]);
  await expect(hostFiles.read(join(directory.path, "taken"))).rejects.toMatchObject({ code: "file_failed" });
});
