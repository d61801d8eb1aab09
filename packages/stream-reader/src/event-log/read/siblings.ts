import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

/**
 * What rotation appends to the name of a log: `.1`, `-20260105`, `.2026-01-05_00-00`, logrotate's `-2026010503.backup`;
 * compressed or not.
 */
const SUFFIX = /^[.-]\d[\d._T:-]*(?:\.backup)?(?:\.(?:gz|bz2|xz|zst|lz4))?$/;
/** The name of a torn line that a writer cut off a log. */
const TORN = /\.torn-\d+$/;
const PACKED = /(\.(?:gz|bz2|xz|zst|lz4))$/;

/** A regular file in the same directory as a log. */
export interface Sibling {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
  /** `rotated`: named like a rotated copy of the log; `similar`: begins with the log's name; `other`: neither. */
  readonly likeness: "rotated" | "similar" | "other";
}

/** Every other regular file in the directory of a log. */
export async function siblingsOf(path: string): Promise<readonly Sibling[]> {
  const directory = dirname(path);
  const own = basename(path);
  const siblings: Sibling[] = [];
  for (const name of await readdir(directory)) {
    // NFS gives a deleted but open file such a name. It was not renamed by a rotation.
    if (name === own || name.startsWith(".nfs")) continue;
    const at = join(directory, name);
    // A file that is gone by now was renamed or deleted. If it is needed, the search will report it missing.
    const stats = await stat(at).catch(() => null);
    if (stats?.isFile() === true) siblings.push({ path: at, name, stats, likeness: likenessOf(own, name) });
  }
  return siblings;
}

/**
 * How a name resembles that of a log. `log.1.ndjson` and `log-20260105.ndjson` are rotated copies of `log.ndjson` too.
 */
export function likenessOf(log: string, name: string): Sibling["likeness"] {
  if (isRotated(log, name)) return "rotated";
  return name.startsWith(log) && !TORN.test(name) ? "similar" : "other";
}

function isRotated(log: string, name: string): boolean {
  if (name.startsWith(log) && SUFFIX.test(name.slice(log.length))) return true;
  const extension = extname(log);
  const stem = log.slice(0, log.length - extension.length);
  const packed = PACKED.exec(name)?.[1] ?? "";
  const plain = name.slice(0, name.length - packed.length);
  if (extension === "" || !plain.startsWith(stem) || !plain.endsWith(extension)) return false;
  return SUFFIX.test(plain.slice(stem.length, plain.length - extension.length));
}

/** Whether a file of this name is uncompressed. */
export function isPlain(name: string): boolean {
  return !PACKED.test(name);
}

/** Whether these are the same file, even under another name. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** What identifies a file when its name changes. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

export function identityOf({ dev: device, ino: inode }: Stats): FileIdentity {
  return { device, inode };
}
