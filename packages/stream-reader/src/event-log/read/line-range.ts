import type { FileHandle } from "node:fs/promises";
import type { Border, Gap, LineRange } from "../../ports/source.js";
import type { EventLogFile } from "./open-file.js";

/** How many bytes before a border are remembered, to notice a file that was rewritten. */
const MARK_BYTES = 64;

export async function borderAt({ handle }: EventLogFile, at: number): Promise<Border> {
  return { at, before: await bytesBefore(handle, at) };
}

/** What happened to the file at `path` since it was divided; null if the borders of the range are unchanged. */
export async function gapOf(path: string, { handle, inode }: EventLogFile, lineRange: LineRange): Promise<Gap | null> {
  if (inode !== lineRange.inode) {
    return {
      kind: "replaced",
      detail: `The event log '${path}' was replaced: it is not the file that was there when reading began.`,
    };
  }
  for (const { at, before } of [lineRange.from, lineRange.to]) {
    const found = await bytesBefore(handle, at);
    if (found.length === before.length && found.every((byte, index) => byte === before[index])) continue;
    return {
      kind: "truncated",
      detail: `The event log '${path}' was truncated: the bytes before byte ${at} are not those that were there when reading began.`,
    };
  }
  return null;
}

async function bytesBefore(handle: FileHandle, at: number): Promise<Uint8Array> {
  const mark = new Uint8Array(Math.min(MARK_BYTES, at));
  const { bytesRead } = await handle.read(mark, 0, mark.length, at - mark.length);
  return mark.slice(0, bytesRead);
}
