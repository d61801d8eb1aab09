import type { FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { pipeline } from "node:stream";
import { QscError } from "@qsc/contract";
import { assertUtf8Head } from "./encoding.js";
import type { EventLogFile } from "./open-file.js";

const CHUNK_BYTES = 256 * 1024;

/**
 * The unpacked text of an event log from `start` to the size it had when opened. Ends early if the file has become
 * shorter.
 * @throws QscError `source_unreadable` if a gzip file is cut off or damaged.
 */
export function chunksOf(path: string, file: EventLogFile): AsyncIterable<Buffer> {
  return file.gzip ? unpacked(path, file) : plain(file.handle, 0, file.size);
}

/** The bytes of a file between two positions. Reads the next chunk while the caller works on this one. */
export async function* plain(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  const read = async (at: number): Promise<Buffer> => {
    // A new buffer each time: the caller may still use the last one.
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - at));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    return chunk.subarray(0, bytesRead);
  };
  let at = start;
  for (let next = at < end ? read(at) : null; next !== null;) {
    const chunk = await next;
    if (chunk.length === 0) return;
    at += chunk.length;
    next = at < end ? read(at) : null;
    // A caller that leaves early never awaits it. One that continues still gets the error.
    next?.catch(() => undefined);
    yield chunk;
  }
}

async function* unpacked(path: string, file: EventLogFile): AsyncGenerator<Buffer> {
  const packed = file.handle.createReadStream({ start: 0, end: file.size - 1, autoClose: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors come out of the iteration. Leaving it early is not an error.
  pipeline(packed, gunzip, () => undefined);
  try {
    let begun = false;
    for await (const chunk of gunzip) {
      if (!begun) assertUtf8Head(path, chunk as Buffer);
      begun = true;
      yield chunk as Buffer;
    }
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "source_unreadable",
      `The gzip event log '${path}' is cut off or damaged (${why}); copy it again.`,
      { cause },
    );
  }
  if (gunzip.bytesWritten < file.size) {
    throw new QscError(
      "source_unreadable",
      `The gzip event log '${path}' has ${file.size - gunzip.bytesWritten} bytes after its end that are not gzip; copy it again.`,
    );
  }
}
