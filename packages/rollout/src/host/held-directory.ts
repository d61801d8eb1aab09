import { constants, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import { ownAccounts, trust } from "./trusted.js";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** A checked directory, held open: everything happens in it even if its name leads elsewhere in the meantime. */
export interface Held {
  /** Its path for system calls: through the open handle if the system has such paths. */
  readonly at: string;
  /** Its path for messages. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The accounts that may own a directory that qsc writes to. For root: root and the directory's owner, who may do with
 * the directory as they like; what root writes there belongs to them, and no link of theirs is followed.
 */
async function ownersOf(directory: string): Promise<ReadonlySet<number>> {
  const own = ownAccounts();
  if (process.geteuid?.() !== 0) return own;
  const handle = await open(directory, O_RDONLY | O_DIRECTORY);
  try {
    return new Set([...own, (await handle.stat()).uid]);
  } finally {
    await handle.close();
  }
}

/**
 * Does something in a directory that only root, the acting user or (for root) its owner can change.
 * @throws QscError `file_failed`
 */
export async function inDirectory<T>(directory: string, use: (held: Held) => Promise<T>): Promise<T> {
  const judged = await trust(directory, await ownersOf(directory));
  if ("distrusted" in judged) {
    throw new QscError(
      "file_failed",
      `Directory ${directory} is not safe to use: ${judged.distrusted}. It must belong to root or to the user that runs qsc, and no other user, or group with other members, may write to it or to a directory above it: fix that with chown and chmod, or name another directory with --workdir.`,
    );
  }
  const handle = await open(judged.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const { dev, ino, uid, gid } = await handle.stat();
    if (dev !== judged.stats.dev || ino !== judged.stats.ino)
      throw new QscError(
        "file_failed",
        `Directory ${directory} was replaced while it was being opened. Find out what replaces it, and retry.`,
      );
    const through = `/proc/self/fd/${handle.fd}`;
    const at = existsSync(through) ? through : judged.path;
    return await use({ at, path: judged.path, uid, gid }).catch((thrown: unknown) => {
      throw renamed(thrown, at, judged.path);
    });
  } finally {
    await handle.close();
  }
}

/** An error that names the path as the user knows it. */
function renamed(thrown: unknown, at: string, path: string): unknown {
  if (thrown instanceof Error && !(thrown instanceof QscError))
    thrown.message = thrown.message.replaceAll(`${at}/`, `${path}/`);
  return thrown;
}

/** Who may own what is in a held directory: root and, for root, the directory's owner, otherwise the acting user. */
export function ownersIn({ uid }: Held): ReadonlySet<number> {
  return process.geteuid?.() === 0 ? new Set([0, uid]) : ownAccounts();
}
