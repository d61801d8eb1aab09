import { spawn, type ChildProcess } from "node:child_process";

/**
 * Runs a command as soon as this process has ended, even by SIGKILL, when no handler of its own runs: what a test has
 * started must not outlive it. Call the result once there is nothing left to be done.
 */
export function afterOurEnd(command: readonly string[], env: NodeJS.ProcessEnv = process.env): () => void {
  // Its input ends when the last process that could write to it has ended: this one.
  const heir = spawn("/bin/sh", ["-c", 'read -r _; exec "$@"', "sh", ...command], {
    // Not in our process group, so that Ctrl-C does not end it, too.
    detached: true,
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  heir.unref();
  return () => {
    heir.kill("SIGKILL");
  };
}

/** Kills a child as soon as this process has ended. */
export function killAfterOurEnd({ pid }: ChildProcess): () => void {
  return pid === undefined ? () => undefined : afterOurEnd(["kill", "-KILL", String(pid)]);
}
