import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

/** What a rotated log has behind its name: `.1`, `-20260105`, `.2026-01-05_00-00`, logrotate's `-2026010503.backup`; packed or not. */
const SUFFIX = /^[.-]\d[\d._T:-]*(?:\.backup)?(?:\.(?:gz|bz2|xz|zst|lz4))?$/;
/** What a writer cut off a log. */
const TORN = /\.torn-\d+$/;
const PACKED = /(\.(?:gz|bz2|xz|zst|lz4))$/;

/** A regular file in the directory of a log. */
export interface Sibling {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
  /**
   * `rotated`: it has the name of a rotated copy of the log; `similar`: its name begins with the log's; `other`: neither.
   */
  readonly likeness: "rotated" | "similar" | "other";
}

/** Every other regular file in the directory of a log. */
export async function siblingsOf(path: string): Promise<readonly Sibling[]> {
  const directory = dirname(path);
  const own = basename(path);
  const siblings: Sibling[] = [];
  for (const name of await readdir(directory)) {
    // NFS keeps a deleted file that is open under such a name: nobody renamed it.
    if (name === own || name.startsWith(".nfs")) continue;
    const at = join(directory, name);
    // One that is gone by now was renamed or deleted: whoever looks for it finds that it is missing.
    const stats = await stat(at).catch(() => null);
    if (stats?.isFile() === true) siblings.push({ path: at, name, stats, likeness: likenessOf(own, name) });
  }
  return siblings;
}

/** How a name is like that of a log; `log.1.ndjson` and `log-20260105.ndjson` are rotated copies of `log.ndjson` too. */
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

/** Whether a file of this name is not packed. */
export function isPlain(name: string): boolean {
  return !PACKED.test(name);
}

/** Whether two are the same file, whatever its name. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** What makes a file the same one under another name. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

export function identityOf({ dev: device, ino: inode }: Stats): FileIdentity {
  return { device, inode };
}
