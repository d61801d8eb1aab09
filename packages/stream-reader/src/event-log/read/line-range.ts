import type { FileHandle } from "node:fs/promises";
import type { Border, Gap, LineRange } from "../../ports/source.js";
import type { EventLogFile } from "./open-file.js";

/** How many bytes before a border are remembered, to tell a file that was written again. */
const MARK_BYTES = 64;

export async function borderAt({ handle }: EventLogFile, at: number): Promise<Border> {
  return { at, before: await bytesBefore(handle, at) };
}

/** What became of the file that stands at `path` since it was divided; null where the borders of the range of lines are as they were. */
export async function gapOf(path: string, { handle, inode }: EventLogFile, lineRange: LineRange): Promise<Gap | null> {
  if (inode !== lineRange.inode) {
    return { kind: "replaced", detail: `The event log '${path}' was replaced: another file stands there than when reading began.` };
  }
  for (const { at, before } of [lineRange.from, lineRange.to]) {
    const found = await bytesBefore(handle, at);
    if (found.length === before.length && found.every((byte, index) => byte === before[index])) continue;
    return { kind: "truncated", detail: `The event log '${path}' was truncated: what stands before byte ${at} is not what stood there when reading began.` };
  }
  return null;
}

async function bytesBefore(handle: FileHandle, at: number): Promise<Uint8Array> {
  const mark = new Uint8Array(Math.min(MARK_BYTES, at));
  const { bytesRead } = await handle.read(mark, 0, mark.length, at - mark.length);
  return mark.slice(0, bytesRead);
}
