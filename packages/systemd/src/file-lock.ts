import { spawn } from "node:child_process";
import { QscError } from "@qsc/contract";

/** Longest time for `flock` to answer, in milliseconds: it waits for nothing. */
export const FLOCK_MS = 2000;
/** What `flock` exits with where another process has the lock. */
const TAKEN = 1;

/**
 * Tries to lock an open file for this process, without waiting. The lock belongs to the open file, not to the program
 * that asks for it: it is held until this process closes the file or ends, however it ends, and a reboot ends it too.
 * @returns whether it is held now; false: another process holds it
 * @throws QscError `file_failed` where it cannot be asked for
 */
export async function lockOpenFile(fd: number): Promise<boolean> {
  // Node has no flock(2) of its own. The file is the child's number 3.
  const child = spawn("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  const timer = setTimeout(() => child.kill("SIGKILL"), FLOCK_MS);
  try {
    const exit = await new Promise<number | string>((resolve) => {
      child.once("error", ({ message }) => { resolve(message); });
      child.once("exit", (code, signal) => { resolve(code ?? `it was ended by ${signal ?? "a signal"}`); });
    });
    if (exit === 0) return true;
    if (exit === TAKEN) return false;
    throw new QscError("file_failed", `'flock' cannot lock a file: ${typeof exit === "number" ? `exit ${exit}` : exit}. Install flock (Debian: util-linux).`);
  } finally {
    clearTimeout(timer);
  }
}
