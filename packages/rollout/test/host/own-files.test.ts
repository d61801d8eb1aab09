import {
  chmod,
  chown,
  lchown,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describeRequiring, requireRoot, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replaceFile } from "../../src/host/files.js";
import { hostFiles } from "../../src/host/host-files.js";
import { give } from "../../src/host/own-files.js";

const OTHER = 65_534;

let directory: TemporaryDirectory;
/** A directory to write in, and a file elsewhere that nothing here may touch. */
let place: string;
let precious: string;
let umask: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  place = join(directory.path, "place");
  precious = join(directory.path, "precious");
  await mkdir(place);
  await writeFile(precious, "precious", { mode: 0o600 });
  umask = process.umask(0o022);
});
afterEach(async () => {
  process.umask(umask);
  await directory.remove();
});

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function expectPrecious(): Promise<void> {
  expect(await readFile(precious, "utf8")).toBe("precious");
  expect(await stat(precious)).toMatchObject({ uid: process.getuid?.() });
  expect(await modeOf(precious)).toBe("600");
}

/** Every way to write a text. */
const WAYS = [
  ["write", (path: string) => hostFiles.write(path, "x")],
  ["append", (path: string) => hostFiles.append(path, "x", "abc")],
  ["overwrite", (path: string) => hostFiles.overwrite(path, "x")],
  ["sync", (path: string) => hostFiles.sync(path)],
] as const;

describe.each(WAYS)("%s", (_way, act) => {
  test("follows no link", async () => {
    await symlink(precious, join(place, "file"));
    await expect(act(join(place, "file"))).rejects.toMatchObject({ code: "file_failed" });
    await expectPrecious();
  });

  test("leaves a file with another hard link alone", async () => {
    await link(precious, join(place, "file"));
    await expect(act(join(place, "file"))).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringContaining("it has another hard link") as string,
    });
    await expectPrecious();
  });

  test.each([0o777, 0o757, 0o1777])("does nothing in a directory of mode %o", async (mode) => {
    await writeFile(join(place, "file"), "abc");
    await chmod(place, mode);
    await expect(act(join(place, "file"))).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringContaining("other users may write to") as string,
    });
    expect(await readFile(join(place, "file"), "utf8")).toBe("abc");
  });
});

test("a file replaces a link, and leaves its target alone", async () => {
  await symlink(precious, join(place, "file"));
  await replaceFile(hostFiles, join(place, "file"), "text");
  expect(await readFile(join(place, "file"), "utf8")).toBe("text");
  await expectPrecious();
});

test.each([0o000, 0o022, 0o077])("modes are the same under umask %o", async (mask) => {
  process.umask(mask);
  const deep = join(place, "a", "b");
  await replaceFile(hostFiles, join(deep, "state"), "text");
  await replaceFile(hostFiles, join(deep, "settings"), "text", 0o600);
  await hostFiles.append(join(deep, "log"), "text", null);
  expect(await Promise.all(["state", "settings", "log"].map((name) => modeOf(join(deep, name))))).toEqual([
    "640",
    "600",
    "640",
  ]);
  expect((await stat(deep)).mode & 0o022).toBe(0);
});

test("a file that others may write to loses that permission before it is written", async () => {
  await writeFile(join(place, "log"), "a\n");
  await chmod(join(place, "log"), 0o666);
  await hostFiles.append(join(place, "log"), "b\n", "a\n");
  expect(await modeOf(join(place, "log"))).toBe("644");
});

describeRequiring(requireRoot(), "root in a directory of another user", () => {
  beforeEach(() => chown(place, OTHER, OTHER));

  test("gives that user what it writes", async () => {
    await replaceFile(hostFiles, join(place, "data", "state"), "text");
    for (const path of ["data", "data/state"])
      expect(await stat(join(place, path))).toMatchObject({ uid: OTHER, gid: OTHER });
  });

  test("follows no link of that user to another directory", async () => {
    const elsewhere = join(directory.path, "elsewhere");
    await mkdir(elsewhere);
    await symlink(elsewhere, join(place, "data"));
    await lchown(join(place, "data"), OTHER, OTHER);
    await expect(replaceFile(hostFiles, join(place, "data", "state"), "text")).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringContaining("belongs to another user") as string,
    });
    await expect(hostFiles.makeDirectory(join(place, "data", "deep"))).rejects.toMatchObject({ code: "file_failed" });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test("gives away a file, but never what a link leads to or a file with another hard link", async () => {
    await writeFile(join(place, "file"), "");
    await give(join(place, "file"), { uid: OTHER, gid: OTHER });
    expect(await stat(join(place, "file"))).toMatchObject({ uid: OTHER, gid: OTHER });
    await symlink(precious, join(place, "link"));
    await expect(give(join(place, "link"), { uid: OTHER, gid: OTHER })).rejects.toThrow();
    await link(precious, join(place, "twin"));
    await expect(give(join(place, "twin"), { uid: OTHER, gid: OTHER })).rejects.toThrow(/another hard link/);
    expect(await readlink(join(place, "link"))).toBe(precious);
    await expectPrecious();
  });
});

describeRequiring(requireRoot(), "a directory of a third user", () => {
  test("is refused below another user's directory", async () => {
    await chown(directory.path, 1, 1);
    await chown(place, OTHER, OTHER);
    await expect(hostFiles.write(join(place, "file"), "x")).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringContaining(`${directory.path} belongs to another user (uid 1)`) as string,
    });
    await chown(directory.path, 0, 0);
  });
});
