import { spawn } from "node:child_process";

export interface DetachedOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** An open file for its output; by default the output is discarded. */
  readonly stderr?: number;
}

/**
 * Starts a process in a session of its own. It outlives this process and keeps no directory in use.
 * @returns how it ended; null while it runs
 */
export function startDetached(argv: readonly string[], { environment, stderr }: DetachedOptions): () => string | null {
  const [program = "", ...args] = argv;
  const started = spawn(program, args, {
    cwd: "/",
    detached: true,
    env: environment,
    stdio: ["ignore", "ignore", stderr ?? "ignore"],
  });
  const end: { detail: string | null } = { detail: null };
  started.on("error", (error) => {
    end.detail = error.message;
  });
  started.on("exit", (code, signal) => {
    end.detail = `it ended with ${signal ?? code ?? "nothing"}`;
  });
  started.unref();
  return () => end.detail;
}
