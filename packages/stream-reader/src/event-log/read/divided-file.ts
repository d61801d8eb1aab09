import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { likenessOf } from "./siblings.js";
import type { LineRange } from "../../ports/source.js";

/** Where the file is that a log was divided in: at the log's path, or rotated away from it since. The path where it is neither. */
export function pathOfDivided(path: string, { inode }: LineRange): string {
  if (inodeAt(path) === inode) return path;
  const directory = dirname(path);
  const renamed = namesIn(directory).filter((name) => likenessOf(basename(path), name) === "rotated").map((name) => join(directory, name));
  return renamed.find((at) => inodeAt(at) === inode) ?? path;
}

/** Null where nobody can tell: opening it tells why. */
function inodeAt(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

/** None where the directory cannot be read: opening the path tells why. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
