import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { killAfterOurEnd } from "./after-our-end.js";

export interface ServerProcess extends AsyncDisposable {
  stop(): Promise<void>;
}

/**
 * Starts a server of the distribution, and resolves once it accepts connections at an address, or a port of 127.0.0.1.
 * @param env further variables
 */
export async function startServer(
  command: string,
  args: readonly string[],
  at: number | { readonly host: string; readonly port: number },
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const isOver = killAfterOurEnd(child);
  let printed = "";
  child.stdout.on("data", (text: Buffer) => (printed += text.toString()));
  child.stderr.on("data", (text: Buffer) => (printed += text.toString()));
  const ended = once(child, "exit");
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const { host, port } = typeof at === "number" ? { host: "127.0.0.1", port: at } : at;
  while (!(await accepts(host, port))) {
    if (isGone()) throw new Error(`${command} ended before it listened: ${printed}`);
    await wait(50);
  }
  const stop = async (): Promise<void> => {
    if (!isGone()) child.kill("SIGKILL");
    await ended;
    isOver();
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
