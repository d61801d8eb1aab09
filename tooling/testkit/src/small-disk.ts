import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Requirement } from "./requirement.js";
import { temporaryDirectory } from "./temporary-directory.js";

const run = promisify(execFile);

/** A directory of its own with 64 KiB of space. Disposing it frees the space. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
}

/** Mounts one. @throws if this user may not, see `requireSmallDisk` */
export async function smallDisk(): Promise<SmallDisk> {
  const directory = await temporaryDirectory();
  await run("mount", ["-t", "tmpfs", "-o", "size=64k", "qsc-test", directory.path]);
  return {
    path: directory.path,
    [Symbol.asyncDispose]: async () => {
      await run("umount", ["--lazy", directory.path]);
      await directory.remove();
    },
  };
}

/** For `describeRequiring`: mounting needs root, and a kernel that allows it. */
export async function requireSmallDisk(): Promise<Requirement> {
  try {
    await using disk = await smallDisk();
    return { path: disk.path };
  } catch {
    return { missing: "cannot mount a tmpfs here" };
  }
}
