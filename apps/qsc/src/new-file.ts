import { randomUUID } from "node:crypto";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import { QscError, type ErrorCode } from "@qsc/contract";

/** A file that a command writes for its user, and the codes of what may go wrong. */
export interface NewFile {
  readonly path: string;
  /** What it is, at the beginning of a sentence. */
  readonly what: string;
  readonly exists: ErrorCode;
  /** What to do if a file is there already. */
  readonly remedy: string;
  readonly failed: ErrorCode;
}

/**
 * Refuses a path at which something is, even a link that leads nowhere.
 * @throws QscError with the file's code
 */
export async function requireFree(file: NewFile): Promise<void> {
  try {
    await lstat(file.path);
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT")) return;
    throw failed(file, thrown);
  }
  throw taken(file);
}

/**
 * Writes a file: whole, or not at all. Without `force` it never takes the place of a file, even of one that has
 * appeared meanwhile.
 * @throws QscError with the file's codes
 */
export async function writeNew(file: NewFile, text: string, force: boolean): Promise<void> {
  const whole = `${file.path}.${randomUUID()}.new`;
  try {
    const handle = await open(whole, "wx", 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await (force ? rename(whole, file.path) : link(whole, file.path));
  } catch (thrown) {
    throw !force && hasCode(thrown, "EEXIST") ? taken(file) : failed(file, thrown);
  } finally {
    await rm(whole, { force: true });
  }
}

function taken({ path, exists, remedy }: NewFile): QscError {
  return new QscError(exists, `${path} is there already: look at it, then ${remedy}.`);
}

function failed({ path, what, failed: code }: NewFile, cause: unknown): QscError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QscError(code, `${what} ${path} could not be written: ${why}.`, { cause });
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
