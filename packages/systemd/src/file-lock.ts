import { spawn } from "node:child_process";
import { QscError } from "@qsc/contract";

/** How long `flock` may take, in milliseconds: it never waits for the lock. */
export const FLOCK_MS = 2000;
/** The exit code of `flock` when another process holds the lock. */
const TAKEN = 1;

/**
 * Tries to lock an open file for this process, without waiting. The lock belongs to the open file, not to the program
 * that asks for it: it is held until this process closes the file or ends, in whatever way, and it does not survive a
 * reboot.
 * @returns true if this process holds it now; false if another one does
 * @throws QscError `file_failed` if the lock cannot be requested
 */
export async function lockOpenFile(fd: number): Promise<boolean> {
  const late = AbortSignal.timeout(FLOCK_MS);
  let end = await flock(fd, late);
  // Ctrl-C and systemd signal each process of a command: what ends this one says nothing about the lock.
  if (end.signal !== null && !late.aborted) end = await flock(fd, late);
  if (end.code === 0) return true;
  if (end.code === TAKEN) return false;
  throw new QscError("file_failed", `'flock' cannot lock a file: ${why(end)}.`);
}

/** How `flock` ended; `error` if it could not be started. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: string | null;
}

/** Node has no flock(2) of its own. */
async function flock(fd: number, late: AbortSignal): Promise<End> {
  // The file is the child's number 3.
  const child = spawn("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  late.addEventListener("abort", kill);
  try {
    return await new Promise((resolve) => {
      child.once("error", ({ message }) => {
        resolve({ code: null, signal: null, error: message });
      });
      child.once("exit", (code, signal) => {
        resolve({ code, signal, error: null });
      });
    });
  } finally {
    late.removeEventListener("abort", kill);
  }
}

function why({ code, signal, error }: End): string {
  if (error !== null) return `${error}. Install flock (Debian: util-linux)`;
  return signal === null ? `exit ${code ?? "unknown"}` : `it was ended by ${signal}; try again`;
}
