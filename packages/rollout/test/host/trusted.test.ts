import { chmod, chown, lchown, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeRequiring, requireRoot, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isPrivateGroup } from "../../src/host/private-group.js";
import { ownAccounts, readTrusted, trust } from "../../src/host/trusted.js";

const OTHER = 65_534;
const MOST = 1000;

let directory: TemporaryDirectory;
let file: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory.path, "a"));
  file = join(directory.path, "a", "file");
  await writeFile(file, "text");
});
afterEach(() => directory.remove());

async function why(path: string): Promise<string | null> {
  const read = await readTrusted(path, MOST);
  return "distrusted" in read ? read.distrusted : null;
}

describe("modes", () => {
  test("reads a file of the acting user", async () => {
    expect(await readTrusted(file, MOST)).toEqual({ path: file, bytes: Buffer.from("text") });
  });

  test.each([0o646, 0o666])("refuses a file of mode %o", async (mode) => {
    await chmod(file, mode);
    expect(await why(file)).toBe(`other users may write to ${file} (mode ${mode.toString(8)})`);
  });

  test.each([0o757, 0o777])("refuses a file in a directory of mode %o", async (mode) => {
    await chmod(join(directory.path, "a"), mode);
    expect(await why(file)).toContain(
      `other users may write to ${join(directory.path, "a")} (mode ${mode.toString(8)})`,
    );
  });

  test("refuses a file with such a directory further up", async () => {
    await chmod(directory.path, 0o777);
    expect(await why(file)).toContain(`other users may write to ${directory.path}`);
  });

  test("reads its own file in a sticky directory, which itself is not trusted", async () => {
    await chmod(join(directory.path, "a"), 0o1777);
    expect(await why(file)).toBeNull();
    expect(await trust(join(directory.path, "a"))).toHaveProperty("distrusted");
  });

  test("names what is not a file or too large, and rejects a missing file", async () => {
    await expect(why(join(directory.path, "a"))).rejects.toThrow("it is not a regular file but a directory");
    await writeFile(file, "x".repeat(MOST + 1));
    await expect(why(file)).rejects.toThrow("it is larger than 1000 bytes");
    await expect(readTrusted(join(directory.path, "none"), MOST)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a group that may write", () => {
  const groupsOf = async (passwd: string, group: string): Promise<string> => {
    await writeFile(join(directory.path, "passwd"), passwd);
    await writeFile(join(directory.path, "group"), group);
    return directory.path;
  };

  test.each([
    [
      "the owner's alone",
      "eve:x:1000:1000::/:/bin/sh\nmax:x:1001:1001::/:/bin/sh\n",
      "eve:x:1000:\nmax:x:1001:\n",
      true,
    ],
    ["the owner's, named as a member", "eve:x:1000:1000::/:/bin/sh\n", "eve:x:1000:eve\n", true],
    ["with another member", "eve:x:1000:1000::/:/bin/sh\n", "eve:x:1000:max\n", false],
    [
      "the primary group of two accounts",
      "eve:x:1000:1000::/:/bin/sh\nmax:x:1001:1000::/:/bin/sh\n",
      "users:x:1000:\n",
      false,
    ],
    ["another account's", "eve:x:1000:50::/:/bin/sh\nmax:x:1001:1000::/:/bin/sh\n", "max:x:1000:\n", false],
    ["no one's", "eve:x:1000:50::/:/bin/sh\n", "staff:x:1000:\n", false],
    ["not in the files of this host", "root:x:0:0::/:/bin/sh\n", "root:x:0:\n", false],
    ["only in the accounts file", "eve:x:1000:1000::/:/bin/sh\n", "", false],
  ])("is private or not: %s", async (_, passwd, group, isPrivate) => {
    expect(isPrivateGroup({ uid: 1000, gid: 1000 }, await groupsOf(passwd, group))).toBe(isPrivate);
  });

  test("is not private if it is unknown", () => {
    expect(isPrivateGroup({ uid: 0, gid: 0 }, join(directory.path, "none"))).toBe(false);
  });
});

describe("links", () => {
  test("follows links of the acting user, relative and absolute, to the name without links", async () => {
    await symlink("a", join(directory.path, "b"));
    await symlink(join(directory.path, "b", "..", "b", "file"), join(directory.path, "c"));
    expect(await readTrusted(join(directory.path, "c"), MOST)).toMatchObject({ path: file });
  });

  test("refuses the target of a link through a directory that others may write to", async () => {
    await mkdir(join(directory.path, "open"));
    await chmod(join(directory.path, "open"), 0o777);
    await symlink(file, join(directory.path, "open", "link"));
    await symlink(join("open", "link"), join(directory.path, "to-link"));
    expect(await why(join(directory.path, "to-link"))).toContain(
      `other users may write to ${join(directory.path, "open")}`,
    );
  });

  test("does not follow a circle forever", async () => {
    await symlink("d", join(directory.path, "e"));
    await symlink("e", join(directory.path, "d"));
    expect(await why(join(directory.path, "d"))).toContain("more than 40 links");
  });
});

describeRequiring(requireRoot(), "files of another user", () => {
  test("refuses a file, a directory, one further up and a link of another user", async () => {
    await lchown(file, OTHER, OTHER);
    expect(await why(file)).toBe(`${file} belongs to another user (uid ${OTHER})`);
    await chown(file, 0, 0);
    await chown(join(directory.path, "a"), OTHER, OTHER);
    expect(await why(file)).toContain(`${join(directory.path, "a")} belongs to another user`);
    await chown(join(directory.path, "a"), 0, 0);
    await chown(directory.path, OTHER, OTHER);
    expect(await why(file)).toContain(`${directory.path} belongs to another user`);
    await chown(directory.path, 0, 0);
    await symlink(file, join(directory.path, "link"));
    await lchown(join(directory.path, "link"), OTHER, OTHER);
    expect(await why(join(directory.path, "link"))).toContain("link belongs to another user");
  });

  test("trusts the given accounts", async () => {
    await rename(file, `${file}2`);
    await chown(`${file}2`, OTHER, OTHER);
    expect(await trust(`${file}2`, new Set([...ownAccounts(), OTHER]))).toMatchObject({ path: `${file}2` });
  });
});
