import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Nothing that a rollback does not need may delay it, such as a home directory on a server that does not answer. */
const WITHOUT = new Set(["rollback", "monitor"]);
/** The bits of a mode that say what kind of file it is, and whether others may write to it. */
const KIND_AND_WRITERS = 0o170022;
/** A directory that no other may write to. */
const OWN_DIRECTORY = 0o040000;

/**
 * Lets Node keep compiled code between runs where it can (22.1 and later), in the user's own cache directory. What is there
 * is run: by default Node keeps it below /tmp, where another user could have put it. So it is used only if no other user
 * but root can change it. `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 *
 * @param {string | undefined} command the name of the command that is to run
 */
export function keepCompiledCode(command) {
  // Absent in older versions.
  const { enableCompileCache } = /** @type {{ enableCompileCache?: (directory: string) => unknown }} */ (nodeModule);
  if (enableCompileCache === undefined || WITHOUT.has(command ?? "")) return;
  const given = process.env["XDG_CACHE_HOME"];
  const cache = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
  try {
    // One level at a time, each beside what is there: mkdir's own recursion never ends below /proc.
    for (const directory of [cache, join(cache, "qsc")])
      if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
    const directory = realpathSync(join(cache, "qsc"));
    if (isOwn(directory)) enableCompileCache(directory);
  } catch {
    // A home that is missing, read-only or full: the command starts as it does without a cache.
  }
}

/**
 * Whether only this user or root can change what is at a path without links.
 * @param {string} path
 * @returns {boolean}
 */
function isOwn(path) {
  const { uid, mode } = lstatSync(path);
  const isSafe = [0, process.geteuid?.()].includes(uid) && (mode & KIND_AND_WRITERS) === OWN_DIRECTORY;
  return isSafe && (dirname(path) === path || isOwn(dirname(path)));
}
