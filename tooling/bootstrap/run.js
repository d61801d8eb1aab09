import { spawn } from "node:child_process";
import { constants } from "node:os";

import { root } from "./root.js";

/** @typedef {{ code: number, output: string }} Ended */

/**
 * `ownGroup`: the command leads a process group of its own, whose ID is given to this.
 *
 * @typedef {{
 *   output: "quiet" | "shown",
 *   env?: Record<string, string>,
 *   cwd?: string,
 *   ownGroup?: (id: number | undefined) => void,
 * }} RunOptions
 */

/**
 * Runs a command, in the root by default, and returns its exit code. `quiet` captures its output for the caller;
 * `shown` lets it use the terminal. A signal sent to this process is passed to the command, and then ends this process
 * too.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<Ended>}
 */
export function run(command, args, { output, env = {}, cwd = root, ownGroup }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      detached: ownGroup !== undefined,
      env: { ...process.env, ...env },
      stdio: output === "shown" ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    ownGroup?.(child.pid);
    /** @type {Buffer[]} */
    const said = [];
    child.stdout?.on("data", (/** @type {Buffer} */ chunk) => said.push(chunk));
    child.stderr?.on("data", (/** @type {Buffer} */ chunk) => said.push(chunk));
    const stopPassing = passSignals(child);
    child.once("error", (error) => {
      stopPassing();
      if (output === "shown") console.log(error.message);
      // Like a shell: a command that cannot be run has failed.
      resolve({ code: 127, output: error.message });
    });
    child.once("close", (code, signal) => {
      // End the same way as the command, so that the waiting process sees the signal. A caller that was given its group
      // may have ended it.
      const received = stopPassing() ?? (ownGroup === undefined ? signal : null);
      if (received !== null) process.kill(process.pid, received);
      const ended = code ?? 128 + constants.signals[signal ?? "SIGTERM"];
      resolve({ code: ended, output: Buffer.concat(said).toString() });
    });
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {() => NodeJS.Signals | undefined} stops passing signals, and returns the one that came
 */
function passSignals(child) {
  /** @type {NodeJS.Signals | undefined} */
  let received;
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    received = signal;
    child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
    return received;
  };
}
