import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { killAfterOurEnd } from "../after-our-end.js";
import { temporaryDirectory } from "../temporary-directory.js";
import { freePort } from "./free-port.js";

export interface SentinelOptions {
  /** The name under which it knows the master. */
  readonly master: string;
  readonly masterPort: number;
  /** The master's password. */
  readonly masterPassword?: string;
  /** Its own password. */
  readonly requirePass?: string;
  /** How many sentinels must agree that the master is down. Default 1. */
  readonly quorum?: number;
  /** How long the master must be silent to count as down, in milliseconds. Default 30,000. */
  readonly downAfterMs?: number;
}

export interface Sentinel extends AsyncDisposable {
  readonly port: number;
  /** Simulates a hang: connections are accepted, but nothing answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * A real sentinel that watches one master, on a free port of 127.0.0.1: `await using sentinel = await
 * startSentinel(...)`.
 */
export async function startSentinel(options: SentinelOptions): Promise<Sentinel> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const configuration = join(directory.path, "sentinel.conf");
  await writeFile(configuration, configurationLines(options, directory.path, port).join("\n"));
  const child = spawn("redis-server", [configuration, "--sentinel"], { stdio: ["ignore", "pipe", "inherit"] });
  const isGone = killAfterOurEnd(child);
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    isGone();
    await directory.remove();
  };
  for await (const said of createInterface({ input: child.stdout })) {
    if (said.includes("Sentinel ID is") || said.includes("+monitor")) break;
  }
  child.stdout.resume();
  return {
    port,
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function configurationLines(options: SentinelOptions, directory: string, port: number): readonly string[] {
  const { master, masterPort, masterPassword, requirePass, quorum = 1, downAfterMs = 30_000 } = options;
  return [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${JSON.stringify(directory)}`,
    `sentinel monitor ${master} 127.0.0.1 ${masterPort} ${quorum}`,
    `sentinel down-after-milliseconds ${master} ${downAfterMs}`,
    ...(masterPassword === undefined ? [] : [`sentinel auth-pass ${master} ${masterPassword}`]),
    ...(requirePass === undefined ? [] : [`requirepass ${JSON.stringify(requirePass)}`]),
  ];
}
