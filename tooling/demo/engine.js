import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { root } from "../bootstrap/root.js";

/** The engine as a child process: what operators' tools see of it, and nothing else. */
export class Engine {
  /** @type {import("node:child_process").ChildProcess} */
  #child;
  /** @type {string[]} */
  #lines = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #ended = false;

  /** @param {Record<string, string>} settings */
  constructor(settings) {
    const bin = join(root, "apps/ai-engine/bin/ai-engine.js");
    this.#child = spawn(process.execPath, [bin], {
      env: { PATH: process.env["PATH"] ?? "", ...settings },
      // Ctrl-C goes to the demo, and the demo ends the engine.
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.#child.stdout === null) throw new TypeError("the engine's output is a pipe");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    /** How the engine ended: 0 after it has drained. @type {Promise<number | null>} */
    this.exited = once(this.#child, "close").then(([code]) => {
      this.#ended = true;
      this.#wake();
      return code;
    });
  }

  /**
   * The lines that the text stands in, once there is one.
   *
   * @param {string} text
   * @returns {Promise<string[]>}
   */
  saying(text) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.#lines.filter((line) => line.includes(text));
        if (found.length === 0 && !this.#ended) return;
        this.#waiting.delete(look);
        if (found.length > 0) resolve(found);
        else reject(new Error(`the engine ended without saying '${text}'; its last lines:\n${this.#lines.slice(-10).join("\n")}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** @returns {Promise<string>} the address of /health and /metrics */
  async url() {
    const [line = ""] = await this.saying("serving /health and /metrics");
    return JSON.parse(line).url;
  }

  /** @returns {Promise<number>} decisions that are published */
  async published() {
    const text = await (await fetch(`${await this.url()}/metrics`)).text();
    return Number(/^ai_engine_intents_published_total (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** @returns {Promise<any>} what /health says */
  async health() {
    return (await fetch(`${await this.url()}/health`)).json();
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  #wake() {
    for (const look of this.#waiting) look();
  }
}
