import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { makeSandbox } from "./sandbox.js";

/** @typedef {import("./worker.js").Killer} Killer */
/** @typedef {import("./worker.js").Trial} Trial */

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const START_MS = 60_000;
/** A suite takes seconds: what takes this long never ends. */
const TRIAL_MS = 40_000;
export const ENDLESS = "the tests never end";

/** One sandbox, and a process that tries changes in it; another process after one that never ended. */
export class Worker {
  #sandbox;
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;

  /** @param {string} packageDirectory */
  constructor(packageDirectory) {
    this.#sandbox = makeSandbox(packageDirectory);
  }

  get tests() {
    return this.#sandbox.tests;
  }

  /** @param {Trial} trial @returns {Promise<Killer>} */
  async attempt(trial) {
    this.#child ??= await this.#start();
    const child = this.#child;
    const answered = answer(child, TRIAL_MS);
    child.send(trial);
    const said = await answered;
    if (said !== null) return /** @type {{ killer: Killer }} */ (said).killer;
    await this.close();
    this.#sandbox = makeSandbox(this.#sandbox.source);
    return { test: "", title: ENDLESS, more: 0 };
  }

  async close() {
    const child = this.#child;
    this.#child = null;
    if (child !== null && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    this.#sandbox.remove();
  }

  async #start() {
    const { directory, setup } = this.#sandbox;
    // Another Vitest may be running this: its variables are not for ours.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITE|TEST$)/.test(name)));
    const child = fork(WORKER, [directory, ...setup], { cwd: directory, env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let errors = "";
    child.stderr?.on("data", (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
    if ((await answer(child, START_MS)) !== "ready") throw new Error(`Vitest does not start:\n${errors}`);
    return child;
  }
}

/** The next message; null when the process ends, or stays silent too long. @param {import("node:child_process").ChildProcess} child @param {number} withinMs */
function answer(child, withinMs) {
  return new Promise((resolve) => {
    /** @param {unknown} said */
    const done = (said) => {
      clearTimeout(timer);
      child.off("message", done);
      child.off("exit", ended);
      resolve(said);
    };
    const ended = () => {
      done(null);
    };
    const timer = setTimeout(ended, withinMs);
    child.once("message", done);
    child.once("exit", ended);
  });
}
