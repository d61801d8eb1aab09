import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { SourceMark } from "@qsc/contract";
import { identityOf, isSameFile, siblingsOf } from "./siblings.js";

/** What shows that a log is not the one that was read earlier; null if nothing does. */
export interface NotTheLog {
  readonly kind: "truncated" | "replaced";
  readonly how: string;
}

/**
 * Looks for the file that was read earlier, perhaps by another process: at the path of the log or, after a rotation,
 * beside it. If the file cannot be found or its content differs, entries written after the last one read may be lost.
 */
export async function whyNotTheLog(path: string, mark: SourceMark): Promise<NotTheLog | null> {
  if (mark.kind !== "log")
    return {
      kind: "replaced",
      how: `what was read up to ${mark.id} was a stream, not an event log; start with the source that was read`,
    };
  const found = await fileOf(path, mark);
  if (found === null) {
    return {
      kind: "replaced",
      how: `the file that was read up to ${mark.id} is not at this path or beside it: later entries in it may be lost`,
    };
  }
  const handle = await open(found, "r");
  try {
    const { size } = await handle.stat();
    if (size < mark.bytes)
      return {
        kind: "truncated",
        how: `it had at least ${mark.bytes} bytes when ${mark.id} was read, and has ${size}`,
      };
    const { bytes, sha256 } = mark.tail;
    const tail = Buffer.alloc(Math.min(bytes, mark.bytes));
    const { bytesRead } = await handle.read(tail, 0, tail.length, mark.bytes - tail.length);
    const isSame = bytesRead === bytes && createHash("sha256").update(tail).digest("hex") === sha256;
    return isSame
      ? null
      : { kind: "truncated", how: `the bytes before byte ${mark.bytes}, up to ${mark.id}, have changed` };
  } finally {
    await handle.close();
  }
}

/** Where a file is now; null if it is nowhere that a rotation would put it. */
async function fileOf(path: string, mark: { readonly device: number; readonly inode: number }): Promise<string | null> {
  if (isSameFile(identityOf(await stat(path)), mark)) return path;
  for (const sibling of await siblingsOf(path)) if (isSameFile(identityOf(sibling.stats), mark)) return sibling.path;
  return null;
}
