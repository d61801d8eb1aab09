import { compareIds, idTime, type EntryId } from "@qsc/contract";
import { firstIdOf } from "./ends.js";
import type { GrowingFile } from "./growing-file.js";
import { identityOf, isPlain, isSameFile, siblingsOf, type FileIdentity, type Sibling } from "./siblings.js";

/** How much the clocks of a file system and of this process may differ, in milliseconds. */
const SLACK_MS = 2000;

/** What to read after a file that was rotated away, and why entries between the two may be lost. */
export interface Successor {
  readonly path: string;
  /** The chosen file. If the path now has a different one, it is not the successor. */
  readonly identity: FileIdentity;
  readonly missing: string | null;
}

/** What is known when the path has a different file from the one that was read. */
export interface Rotation {
  /** The path of the log. */
  readonly path: string;
  readonly old: GrowingFile;
  /** The file that is at the path now. */
  readonly now: FileIdentity;
  /** Files that were already read. */
  readonly read: readonly FileIdentity[];
  /** When the old file was last seen at the path, in milliseconds since 1970. */
  readonly seenMs: number;
}

/**
 * Finds what follows a file that was rotated by rename.
 *
 * The old file must still exist under another name: then it was not deleted. Files that were at the path in between
 * were renamed after it, so their ctime is later than the last time the old file was seen there. The one whose entries
 * follow the old file's is read next. Anything that cannot be determined, or read, is reported as missing.
 */
export async function successorOf(rotation: Rotation): Promise<Successor> {
  const { path, old, now, read, seenMs } = rotation;
  const siblings = await siblingsOf(path);
  const renamed = siblings.some(({ stats }) => isSameFile(identityOf(stats), old.file));
  const { ctimeMs } = await old.file.handle.stat();
  const sinceMs = Math.min(ctimeMs, seenMs) - SLACK_MS;
  const known = [old.file, now, ...read];
  const candidates = siblings.filter(
    ({ likeness, stats }) =>
      likeness !== "other" &&
      stats.size > 0 &&
      stats.ctimeMs >= sinceMs &&
      !known.some((file) => isSameFile(identityOf(stats), file)),
  );
  const between = await thoseBetween(path, old, candidates);
  const [next] = between.readable;
  return {
    path: next?.path ?? path,
    identity: next === undefined ? now : identityOf(next.stats),
    missing: renamed
      ? between.doubt
      : "the file that was read before has left the directory, so later entries in it are unknown",
  };
}

interface Between {
  /** Rotated files between the old one and the present one, in order. */
  readonly readable: readonly Sibling[];
  readonly doubt: string | null;
}

async function thoseBetween(path: string, old: GrowingFile, candidates: readonly Sibling[]): Promise<Between> {
  if (candidates.length === 0) return { readable: [], doubt: null };
  const end = await firstIdOf(path);
  const { seen, after } = old.before;
  const last = seen ?? after;
  const begin = old.firstId ?? last;
  const found: { readonly sibling: Sibling; readonly first: EntryId }[] = [];
  const doubtful: string[] = [];
  for (const sibling of candidates) {
    // A file that vanished or cannot be read has no known first ID.
    const first = await firstIdOf(sibling.path).catch(() => null);
    const place = placeOf(first, { begin, last, end });
    // An older file was last written before the first entry of the old one.
    if (place === "unknown" && sibling.stats.mtimeMs < idTime(begin)) continue;
    if (place === "between" && sibling.likeness === "rotated" && isPlain(sibling.name))
      found.push({ sibling, first: first as EntryId });
    else if (place === "between" || place === "doubtful" || (place === "unknown" && sibling.likeness === "rotated"))
      doubtful.push(sibling.name);
  }
  found.sort((a, b) => compareIds(a.first, b.first));
  return {
    readable: found.map(({ sibling }) => sibling),
    doubt:
      doubtful.length === 0 ? null : `'${doubtful.join("', '")}' may contain entries between the two and was not read`,
  };
}

/**
 * The position of a file that begins with `first`, relative to one with IDs from `begin` to `last` and one that begins
 * with `end`.
 */
function placeOf(
  first: EntryId | null,
  { begin, last, end }: { readonly begin: EntryId; readonly last: EntryId; readonly end: EntryId | null },
): "older" | "doubtful" | "between" | "newer" | "unknown" {
  if (first === null) return "unknown";
  if (compareIds(first, begin) <= 0) return "older";
  if (end !== null && compareIds(first, end) >= 0) return "newer";
  return compareIds(first, last) > 0 ? "between" : "doubtful";
}
