import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { takeReached } from "./reach.js";
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
 * How long each test file of a trial may take: of the processor, and in all. A busy machine makes a trial slow, not
 * expensive; one that waits for ever costs nothing.
 *
 * @typedef {{ readonly cpuMs: (test: string) => number, readonly wallMs: number }} Limit
 *
 * What a trial found, and how much of the processor each test file took.
 *
 * @typedef {{ readonly killer: Killer, readonly cpuMs: ReadonlyMap<string, number> }} Finding
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

  /** Takes the probes that the tests reached since the last call. */
  takeReached() {
    return takeReached(this.#sandbox.reached);
  }

  /**
   * @param {Trial} trial
   * @param {Limit} limit a longer trial counts as one that never ends
   * @returns {Promise<Finding>}
   */
  async attempt(trial, limit) {
    this.#child ??= await this.#start();
    const child = this.#child;
    const answered = answer(child, limit);
    child.send(trial);
    const { said, cpuMs } = await answered;
    if (said !== null && "error" in said) throw new Error(`a trial failed: ${said.error}`);
    if (said !== null) return { killer: said.killer, cpuMs };
    await this.#stop();
    for (const { file } of trial.changes) this.#sandbox.restore(file);
    const test = [...cpuMs.keys()].at(-1) ?? "";
    return { killer: { test, title: "the tests never end, or end the process" }, cpuMs };
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
    const { said } = await answer(child, { cpuMs: () => START_MS, wallMs: START_MS });
    if (said === null || "error" in said) throw new Error(`Vitest did not start:\n${errors}`);
    return child;
  }
}

/**
 * The next answer; null if the process ends, or takes longer than it may.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {Limit} limit
 * @returns {Promise<{ said: { killer: Killer } | { error: string } | null, cpuMs: ReadonlyMap<string, number> }>}
 */
function answer(child, limit) {
  let test = "";
  let before = cpuOf(child);
  /** @type {Map<string, number>} */
  const cpuMs = new Map();
  const count = () => {
    if (test !== "") cpuMs.set(test, cpuOf(child) - before);
  };
  return new Promise((resolve) => {
    /** @param {{ killer: Killer } | { error: string } | null} said */
    const done = (said) => {
      count();
      clearTimeout(timer);
      clearInterval(looks);
      child.off("message", heard);
      child.off("exit", ended);
      resolve({ said, cpuMs });
    };
    const ended = () => {
      done(null);
    };
    /** @param {{ began: string } | { killer: Killer } | { error: string }} said */
    const heard = (said) => {
      if (!("began" in said)) {
        done(said);
        return;
      }
      count();
      test = said.began;
      before = cpuOf(child);
      timer.refresh();
    };
    const timer = setTimeout(ended, limit.wallMs);
    const looks = setInterval(() => {
      if (cpuOf(child) - before > limit.cpuMs(test)) ended();
    }, LOOK_MS);
    child.on("message", heard);
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
