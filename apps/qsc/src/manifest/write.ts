import { randomUUID } from "node:crypto";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import { QscError } from "@qsc/contract";

/**
 * Refuses a path at which something is, even a link that leads nowhere.
 * @throws QscError `manifest_exists`
 */
export async function requireFree(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT")) return;
    throw failed(path, thrown);
  }
  throw taken(path);
}

/**
 * Writes a manifest: whole, or not at all. Without `force` it never takes the place of a file, even of one that has
 * appeared meanwhile.
 * @throws QscError `manifest_exists` or `manifest_failed`
 */
export async function writeManifest(path: string, text: string, force: boolean): Promise<void> {
  const whole = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(whole, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await (force ? rename(whole, path) : link(whole, path));
  } catch (thrown) {
    throw !force && hasCode(thrown, "EEXIST") ? taken(path) : failed(path, thrown);
  } finally {
    await rm(whole, { force: true });
  }
}

function taken(path: string): QscError {
  return new QscError(
    "manifest_exists",
    `${path} is there already: look at it, then replace it with --force, or name another with --out.`,
  );
}

function failed(path: string, cause: unknown): QscError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QscError("manifest_failed", `Manifest ${path} could not be written: ${why}.`, { cause });
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
