import { compareIds, idTime, MIN_ID, type EntryId } from "@qsc/contract";
import type { Gap } from "../../ports/source.js";
import { firstIdOf, lastIdOf } from "./ends.js";
import { siblingsOf, type Sibling } from "./siblings.js";

/** How much the clocks of a file system and of a writer may differ, in milliseconds. */
const SLACK_MS = 2000;

/** A rotated file of a log that contains entries from a given ID on. */
export interface RotatedAway {
  readonly sibling: Sibling;
  /** Its first ID; null if it cannot be read. */
  readonly firstId: EntryId | null;
}

/**
 * The rotated files of a log, in order, that contain entries at or after an ID and before the log's own first entry.
 * Empty if the log itself goes back to that ID, and for `0-0`, which asks only for what the log has.
 */
export async function rotatedSince(path: string, from: EntryId): Promise<readonly RotatedAway[]> {
  if (from === MIN_ID) return [];
  const begin = await firstIdOf(path);
  if (begin !== null && compareIds(begin, from) <= 0) return [];
  const found: RotatedAway[] = [];
  for (const sibling of await siblingsOf(path)) {
    // A file last written before the ID's time has no entry after it.
    if (sibling.likeness !== "rotated" || sibling.stats.size === 0 || sibling.stats.mtimeMs < idTime(from) - SLACK_MS)
      continue;
    const ids = await endsOf(sibling.path);
    if (ids === null) found.push({ sibling, firstId: null });
    else if (ids.last !== null && compareIds(ids.last, from) >= 0 && isBefore(ids.first, begin))
      found.push({ sibling, firstId: ids.first });
  }
  return found.sort((a, b) => compareIds(a.firstId ?? MIN_ID, b.firstId ?? MIN_ID));
}

/** The gap in a reading of only this log from an ID on; null if it is complete. */
export async function rotatedGap(path: string, from: EntryId): Promise<Gap | null> {
  const files = await rotatedSince(path, from);
  return files.length === 0 ? null : gapOf(path, from, files);
}

/** The gap if these files were not read. */
export function gapOf(path: string, from: EntryId, files: readonly RotatedAway[]): Gap {
  const names = files.map(({ sibling }) => `'${sibling.name}'`).join(", ");
  return {
    kind: "rotated",
    detail:
      `The event log '${path}' was rotated: entries at or after ${from} are in ${names} and were not read. ` +
      "Judge from a later time (--after), or put the files together (zcat -f, oldest first) and judge the result.",
  };
}

function isBefore(first: EntryId | null, begin: EntryId | null): boolean {
  return begin === null || first === null || compareIds(first, begin) < 0;
}

/** Null if it cannot be read. */
async function endsOf(path: string): Promise<{ readonly first: EntryId | null; readonly last: EntryId | null } | null> {
  try {
    return { first: await firstIdOf(path), last: await lastIdOf(path) };
  } catch {
    return null;
  }
}
