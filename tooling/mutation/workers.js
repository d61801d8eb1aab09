import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { makeSandbox } from "./sandbox.js";

/** @typedef {import("./worker.js").Killer} Killer */
/** @typedef {import("./worker.js").Trial} Trial */

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const START_MS = 60_000;

/** One sandbox, and a process that tries changes in it; after one that never ended, another. */
export class Worker {
  #sandbox;
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;

  /** @param {string} packageDirectory */
  constructor(packageDirectory) {
    this.#sandbox = makeSandbox(packageDirectory);
    process.prependListener("exit", this.#kill);
  }

  /** At our own end: nothing may write into a sandbox that is being removed. */
  #kill = () => {
    this.#child?.kill("SIGKILL");
  };

  get tests() {
    return this.#sandbox.tests;
  }

  /** Where the copy lies that this works on. */
  get directory() {
    return this.#sandbox.directory;
  }

  /** @param {Trial} trial @param {number} withinMs what takes longer never ends @returns {Promise<Killer>} */
  async attempt(trial, withinMs) {
    this.#child ??= await this.#start();
    const child = this.#child;
    const answered = answer(child, withinMs);
    child.send(trial);
    const said = /** @type {{ killer: Killer } | { error: string } | null} */ (await answered);
    if (said !== null && "error" in said) throw new Error(`a trial failed: ${said.error}`);
    if (said !== null) return said.killer;
    await this.#stop();
    if (trial.file !== null) this.#sandbox.restore(trial.file);
    return { test: "", title: "the tests never end, or end the process" };
  }

  async close() {
    process.off("exit", this.#kill);
    await this.#stop();
    this.#sandbox.remove();
  }

  async #stop() {
    const child = this.#child;
    this.#child = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
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

/**
 * The next message; null when the process ends, or stays silent too long.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {number} withinMs
 */
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
