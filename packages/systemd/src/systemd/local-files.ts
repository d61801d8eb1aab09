import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ServiceError } from "../service-error.js";
import type { Files } from "./files.js";

/** Unit files of this machine. */
export const localFiles: Files = {
  read: (path) =>
    attempt("read", path, async () => {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    }),
  write: (path, text) => attempt("write", path, () => replace(path, text)),
  remove: (path) =>
    attempt("remove", path, async () => {
      const directory = dirname(path);
      for (const name of await namesIn(directory)) {
        if (name === basename(path) || isTemporary(name, path)) await rm(join(directory, name), { force: true });
      }
      await sync(directory).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }),
};

async function replace(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  if ((await mkdir(directory, { recursive: true, mode: 0o755 })) !== undefined) await sync(dirname(directory));
  const temporary = join(directory, `${temporaryPrefix(path)}${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      // Independent of the umask: systemd and every user read units, and only the owner writes them.
      await file.chmod(0o644);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(directory);
}

/** systemd reads `*.conf`, `*.service` and `*.timer`, so it ignores a name of this kind. */
function temporaryPrefix(path: string): string {
  return `.${basename(path)}.qsc-`;
}

function isTemporary(name: string, path: string): boolean {
  return name.startsWith(temporaryPrefix(path));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Makes creations, renames and removals in a directory survive a power cut. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function attempt<T>(verb: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(verb, path, error);
  }
}

function fileError(verb: string, path: string, error: unknown): ServiceError {
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const details = { unit: basename(path), cause: error };
  if (code === "EACCES" || code === "EPERM") {
    const advice = `Give the user write access to ${dirname(path)}, or run it as root.`;
    return new ServiceError("service_permission", `May not ${verb} '${path}': ${reason}. ${advice}`, details);
  }
  const advice = {
    ENOSPC: "Make room on that disk.",
    EDQUOT: "Make room on that disk.",
    EROFS: "Mount that file system writable.",
  }[code ?? ""];
  return new ServiceError(
    "dropin_failed",
    `Cannot ${verb} '${path}': ${reason}. ${advice ?? "Look at that path."}`,
    details,
  );
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
