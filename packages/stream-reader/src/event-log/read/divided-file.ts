import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { likenessOf } from "./siblings.js";
import type { LineRange } from "../../ports/source.js";

/**
 * The path of the file that was divided: the log's own path, or its new name if it was rotated since. The log's path if
 * it is neither.
 */
export function pathOfDivided(path: string, { inode }: LineRange): string {
  if (inodeAt(path) === inode) return path;
  const directory = dirname(path);
  const renamed = namesIn(directory)
    .filter((name) => likenessOf(basename(path), name) === "rotated")
    .map((name) => join(directory, name));
  return renamed.find((at) => inodeAt(at) === inode) ?? path;
}

/** Null if that is unknown: opening the file will say why. */
function inodeAt(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

/** Empty if the directory cannot be read: opening the path will say why. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
