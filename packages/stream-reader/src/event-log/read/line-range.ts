import type { FileHandle } from "node:fs/promises";
import type { Gap } from "../../ports/source.js";
import type { JournalFile } from "./open-file.js";

/** As many bytes before a border are remembered, to tell a file that was written anew. */
const MARK_BYTES = 64;

/** A place between two lines of a journal, as it was found. */
export interface Border {
  readonly at: number;
  /** The last bytes before it. */
  readonly before: Uint8Array;
}

/** Whole lines of a journal that is neither packed nor an array, as plain data. */
export interface Stretch {
  /** Of the file they were found in. */
  readonly inode: number;
  readonly from: Border;
  /** The last one of a journal ends where the journal ended, be it within a line. */
  readonly to: Border;
}

export async function borderAt({ handle }: JournalFile, at: number): Promise<Border> {
  return { at, before: await bytesBefore(handle, at) };
}

/** What became of the file that stands at `path` since it was divided; null where the borders of the stretch are as they were. */
export async function gapOf(path: string, { handle, inode }: JournalFile, stretch: Stretch): Promise<Gap | null> {
  if (inode !== stretch.inode) {
    return { kind: "replaced", detail: `The journal '${path}' was replaced: another file stands there than when reading began.` };
  }
  for (const { at, before } of [stretch.from, stretch.to]) {
    const found = await bytesBefore(handle, at);
    if (found.length === before.length && found.every((byte, index) => byte === before[index])) continue;
    return { kind: "truncated", detail: `The journal '${path}' was truncated: what stands before byte ${at} is not what stood there when reading began.` };
  }
  return null;
}

async function bytesBefore(handle: FileHandle, at: number): Promise<Uint8Array> {
  const mark = new Uint8Array(Math.min(MARK_BYTES, at));
  const { bytesRead } = await handle.read(mark, 0, mark.length, at - mark.length);
  return mark.slice(0, bytesRead);
}
