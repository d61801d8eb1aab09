import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { checkedOutCommit } from "../src/build.js";

const SHA = "0123456789abcdef0123456789abcdef01234567";

async function files(root: string, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

test.each([
  ["a branch", { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": `${SHA}\n` }],
  [
    "a branch whose ref is packed",
    { ".git/HEAD": "ref: refs/heads/a/b\n", ".git/packed-refs": `# pack-refs\n${SHA} refs/heads/a/b\n` },
  ],
  ["a detached head", { ".git/HEAD": `${SHA}\n` }],
  [
    "a worktree",
    {
      ".git": "gitdir: repo/.git/worktrees/w\n",
      "repo/.git/worktrees/w/HEAD": "ref: refs/heads/w\n",
      "repo/.git/worktrees/w/commondir": "../..\n",
      "repo/.git/refs/heads/w": `${SHA}\n`,
    },
  ],
])("the commit of %s", async (_, contents) => {
  await using directory = await temporaryDirectory();
  await files(directory.path, { ...contents, "apps/engine/x": "" });
  expect(checkedOutCommit(join(directory.path, "apps/engine"))).toBe(SHA);
});

test.each([
  ["no git", {}],
  ["a branch without a commit", { ".git/HEAD": "ref: refs/heads/main\n" }],
  ["a ref without a SHA", { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "x\n" }],
  ["a ref that points outside", { ".git/HEAD": "ref: ../../etc\n" }],
])("none with %s", async (_, contents) => {
  await using directory = await temporaryDirectory();
  await files(directory.path, contents);
  expect(checkedOutCommit(directory.path)).toBeNull();
});
