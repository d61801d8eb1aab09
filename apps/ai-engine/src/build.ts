import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const SHA = /^[\da-f]{40}(?:[\da-f]{24})?$/;

/** The commit that is checked out in the working copy around `directory`; null if there is none. */
export function checkedOutCommit(directory: string): string | null {
  const git = gitDirectory(directory);
  return git === null ? null : commitOf(git);
}

function gitDirectory(directory: string): string | null {
  const candidate = join(directory, ".git");
  if (existsSync(candidate)) {
    if (statSync(candidate).isDirectory()) return candidate;
    // In a worktree, `.git` is a file that names the directory.
    const [, path = ""] = /^gitdir: (.+)$/m.exec(readFileSync(candidate, "utf8")) ?? [];
    return resolve(directory, path);
  }
  const parent = dirname(directory);
  return parent === directory ? null : gitDirectory(parent);
}

function commitOf(git: string): string | null {
  const head = textOf(join(git, "HEAD"));
  if (head === null) return null;
  if (SHA.test(head)) return head;
  const [, ref = ""] = /^ref: (.+)$/.exec(head) ?? [];
  const shared = textOf(join(git, "commondir"));
  const common = shared === null ? git : resolve(git, shared);
  const commit = textOf(join(git, ref)) ?? textOf(join(common, ref)) ?? packed(common, ref);
  return commit !== null && SHA.test(commit) ? commit : null;
}

function packed(git: string, ref: string): string | null {
  const lines = textOf(join(git, "packed-refs"))?.split("\n") ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(" ", 1)[0] ?? null;
}

function textOf(path: string): string | null {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8").trim() : null;
}
