import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { makeSandbox } from "./sandbox.js";

/** @typedef {import("./worker.js").Killer} Killer */
/** @typedef {import("./worker.js").Trial} Trial */

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const START_MS = 60_000;
/** How often it is looked how much of the processor a trial has used. */
const LOOK_MS = 500;
/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

/**
 * How long a trial may take: of the processor, and in all. A busy machine makes a trial slow, not expensive; one that
 * waits for ever costs nothing.
 *
 * @typedef {{ readonly cpuMs: number, readonly wallMs: number }} Limit
 */

/** One sandbox, and a process that tries changes in it. If a change never ends, the process is replaced. */
export class Worker {
  #sandbox;
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;

  /** @param {string} packageDirectory */
  constructor(packageDirectory) {
    this.#sandbox = makeSandbox(packageDirectory);
    process.prependListener("exit", this.#kill);
  }

  /** When we end: nothing may write into a sandbox that is being removed. */
  #kill = () => {
    this.#child?.kill("SIGKILL");
  };

  get tests() {
    return this.#sandbox.tests;
  }

  /** The directory of the copy that this works on. */
  get directory() {
    return this.#sandbox.directory;
  }

  /**
   * @param {Trial} trial @param {Limit} limit a longer trial counts as one that never ends @returns {Promise<Killer>}
   */
  async attempt(trial, limit) {
    this.#child ??= await this.#start();
    const child = this.#child;
    const answered = answer(child, limit);
    child.send(trial);
    const said = /** @type {{ killer: Killer } | { error: string } | null} */ (await answered);
    if (said !== null && "error" in said) throw new Error(`a trial failed: ${said.error}`);
    if (said !== null) return said.killer;
    await this.#stop();
    if (trial.file !== null) this.#sandbox.restore(trial.file);
    return { test: "", title: "the tests never end, or end the process" };
  }

  /** Processor time that the process has used, in milliseconds; 0 where the system does not say. */
  get cpuMs() {
    return this.#child === null ? 0 : cpuOf(this.#child);
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
    // Another Vitest may be running this; ours must not see its variables.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITE|TEST$)/.test(name)));
    const child = fork(WORKER, [directory, ...setup], {
      cwd: directory,
      env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr?.on("data", (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
    if ((await answer(child, { cpuMs: START_MS, wallMs: START_MS })) !== "ready")
      throw new Error(`Vitest did not start:\n${errors}`);
    return child;
  }
}

/**
 * The next message; null if the process ends, or takes longer than it may.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {Limit} limit
 */
function answer(child, { cpuMs, wallMs }) {
  const before = cpuOf(child);
  return new Promise((resolve) => {
    /** @param {unknown} said */
    const done = (said) => {
      clearTimeout(timer);
      clearInterval(looks);
      child.off("message", done);
      child.off("exit", ended);
      resolve(said);
    };
    const ended = () => {
      done(null);
    };
    const timer = setTimeout(ended, wallMs);
    const looks = setInterval(() => {
      if (cpuOf(child) - before > cpuMs) ended();
    }, LOOK_MS);
    child.once("message", done);
    child.once("exit", ended);
  });
}

/** @param {import("node:child_process").ChildProcess} child */
function cpuOf({ pid }) {
  try {
    // After the name in brackets: user time is the 12th word, and system time the 13th (proc(5)).
    const words = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return TICK_MS * (Number(words[11]) + Number(words[12]));
  } catch {
    // It has ended, or this system has no /proc: only the time in all counts.
    return 0;
  }
}
