import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { root } from "../bootstrap/root.js";

/** The console of the demo: a page that shows it live. The demo opens no browser. */
export class Console {
  #process;
  #ended;

  /** @param {string} directory the operator's, with the settings */
  constructor(directory) {
    const args = ["console", "--console-listen", "127.0.0.1:0", "--config", "qsc.config.yaml"];
    this.#process = spawn(join(root, "node_modules/.bin/qsc"), args, {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ended = once(this.#process, "exit");
  }

  /** Its address, once it listens; null if it ends before. */
  async address() {
    try {
      return await this.#announced();
    } finally {
      // Left unread, what it says later would block it.
      this.#process.stderr.resume();
    }
  }

  async #announced() {
    for await (const line of createInterface({ input: this.#process.stderr })) {
      const found = /http:\/\/\S+/.exec(line);
      if (found !== null) return found[0];
    }
    return null;
  }

  /** Ends it as Ctrl-C does. @returns {Promise<boolean>} whether it ended as it should */
  async stop() {
    this.#process.kill("SIGINT");
    const [code] = await this.#ended;
    return code === 0;
  }
}
