import { open, type FileHandle } from "node:fs/promises";
import { plain } from "../read/chunks.js";
import { LineSplitter } from "../read/line-splitter.js";
import { parseRecord } from "../read/parse-record.js";
import type { Repair } from "../../ports/sink.js";

const NEWLINE = 0x0a;
const BLOCK = 64 * 1024;

/**
 * Cuts off a last line that has no line end and is not an entry: a writer crashed while writing it. First its bytes are
 * saved in `<path>.torn-<unix ms>`. A complete entry that lacks only its line end stays, because readers count it.
 */
export async function cutTornLine(path: string, handle: FileHandle): Promise<Repair | null> {
  const { size } = await handle.stat();
  const start = await startOfLastLine(handle, size);
  if (start === size || (await isEntryOrBlank(handle, start, size))) return null;
  const savedAs = await save(path, handle, start, size);
  await handle.truncate(start);
  return { bytes: size - start, savedAs };
}

/** The position after the last line end. */
async function startOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(Math.min(BLOCK, size));
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

async function isEntryOrBlank(handle: FileHandle, start: number, size: number): Promise<boolean> {
  const splitter = new LineSplitter();
  for await (const chunk of plain(handle, start, size)) Array.from(splitter.push(chunk));
  const rest = splitter.rest();
  return rest === null || parseRecord(rest).kind === "entry";
}

async function save(path: string, handle: FileHandle, start: number, size: number): Promise<string> {
  const { copy, savedAs } = await newFile(path);
  try {
    for await (const chunk of plain(handle, start, size)) await copy.writeFile(chunk);
    await copy.datasync();
  } finally {
    await copy.close();
  }
  return savedAs;
}

/** Two cuts in the same millisecond get different files. */
async function newFile(path: string): Promise<{ copy: FileHandle; savedAs: string }> {
  for (let ms = Date.now(); ; ms++) {
    const savedAs = `${path}.torn-${ms}`;
    try {
      return { copy: await open(savedAs, "ax", 0o640), savedAs };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}
