import { run } from "../host/run.js";
import { failureOf } from "./failure.js";
import type { Host } from "./host.js";

/** How long a query to this machine's manager may take: a rollback waits for several of them. */
export const LOCAL_ANSWER_MS = 10_000;
/** How long a query to another machine's manager may take, connection included. */
export const REMOTE_ANSWER_MS = 30_000;

export interface SystemctlOptions {
  readonly unit?: string;
  readonly timeoutMs?: number;
  /** What is attempted, for the error: `Starting engine.service failed`. */
  readonly doing: string;
}

/**
 * Runs systemctl to its end and returns what it printed.
 * @throws QscError with the code that systemctl's own words mean.
 */
export async function systemctl(host: Host, args: readonly string[], options: SystemctlOptions): Promise<string> {
  const argv = host.systemctl(["--no-pager", "--no-ask-password", ...args]);
  const outcome = await run(argv, { timeoutMs: options.timeoutMs ?? host.answerMs });
  if (outcome.exitCode === 0) return outcome.stdout;
  throw failureOf(outcome, options.unit ?? null, options.doing);
}
