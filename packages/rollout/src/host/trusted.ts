import { constants, type Stats } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isPrivateGroup } from "./private-group.js";
import { readRegularFile, requireRegular } from "./regular-file.js";

/** A path with its links resolved, and its stats; or a phrase that says which other user could change it. */
export type Trusted = { readonly path: string; readonly stats: Stats } | { readonly distrusted: string };

/** Bits of a mode: the group, or others, may write; only the owner of a name may remove or rename it. */
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** The most links that the kernel follows. */
const MOST_LINKS = 40;

/** The accounts that a process trusts: root and its own. */
export function ownAccounts(): ReadonlySet<number> {
  return new Set([0, process.geteuid?.() ?? 0]);
}

/**
 * Whether only these accounts can change what is at a path: each directory up to `/`, and each link on the way, must
 * belong to them, and must not be writable by others, or by a group with other members. A sticky directory such as
 * `/tmp` is allowed above something of theirs: no one else can rename that. Checked from the top, so that what was
 * checked stays as it is.
 * @throws the system's error, such as `ENOENT`, if something on the way cannot be read
 */
export async function trust(path: string, owners: ReadonlySet<number> = ownAccounts()): Promise<Trusted> {
  let rest = namesOf(resolve(path));
  let at = "/";
  let stats = await lstat(at);
  let links = 0;
  for (;;) {
    const distrusted = distrustOf(at, stats, owners, rest.length === 0);
    if (distrusted !== null) return { distrusted };
    const [name, ...after] = rest;
    if (name === undefined) return { path: at, stats };
    const next = join(at, name);
    const found = await lstat(next);
    if (!found.isSymbolicLink()) {
      [at, stats, rest] = [next, found, after];
      continue;
    }
    const foreign = foreignOwner(next, found, owners);
    if (foreign !== null) return { distrusted: foreign };
    links += 1;
    if (links > MOST_LINKS) return { distrusted: `${path} leads through more than ${MOST_LINKS} links` };
    const target = await readlink(next);
    rest = [...namesOf(target), ...after];
    if (target.startsWith("/")) at = "/";
    stats = await lstat(at);
  }
}

/**
 * The bytes of a regular file that only root and the acting user can change; or why it is not read.
 * @param most bytes; a larger file is refused
 * @throws the system's error, such as `ENOENT`, if it cannot be opened; an Error if it is not a regular file, or too
 * large
 */
export async function readTrusted(
  path: string,
  most: number,
): Promise<{ readonly path: string; readonly bytes: Buffer } | { readonly distrusted: string }> {
  const judged = await trust(path);
  if ("distrusted" in judged) {
    // A pipe or a device is reported as such, no matter who owns it. Without its stats, the answer stays that it is
    // distrusted.
    const stats = await stat(path).catch(() => null);
    if (stats !== null) requireRegular(stats);
    return judged;
  }
  return { path: judged.path, bytes: await readRegularFile(judged.path, most, constants.O_NOFOLLOW) };
}

function distrustOf(path: string, stats: Stats, owners: ReadonlySet<number>, isLast: boolean): string | null {
  const foreign = foreignOwner(path, stats, owners);
  if (foreign !== null) return foreign;
  const isShared = (stats.mode & OTHERS_WRITE) !== 0 || ((stats.mode & GROUP_WRITES) !== 0 && !isPrivateGroup(stats));
  const isSticky = stats.isDirectory() && (stats.mode & STICKY) !== 0;
  if (!isShared || (isSticky && !isLast)) return null;
  return `other users may write to ${path} (mode ${(stats.mode & 0o7777).toString(8)})`;
}

function foreignOwner(path: string, { uid }: Stats, owners: ReadonlySet<number>): string | null {
  return owners.has(uid) ? null : `${path} belongs to another user (uid ${uid})`;
}

function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
