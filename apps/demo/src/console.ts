import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** The console of the demo: a page that shows it live. The demo opens no browser. */
export class Console {
  readonly #process: ChildProcessByStdio<null, null, Readable>;
  readonly #ended: Promise<unknown[]>;

  /** @param directory the operator's, with the settings @param qsc how it is run */
  constructor(directory: string, [command = "", ...args]: readonly string[]) {
    const words = ["console", "--console-listen", "127.0.0.1:0", "--config", "qsc.config.yaml"];
    this.#process = spawn(command, [...args, ...words], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
    this.#ended = once(this.#process, "exit");
  }

  /** Its address, once it listens; null if it ends before. */
  async address(): Promise<string | null> {
    try {
      return await this.#announced();
    } finally {
      // Left unread, what it says later would block it.
      this.#process.stderr.resume();
    }
  }

  async #announced(): Promise<string | null> {
    for await (const line of createInterface({ input: this.#process.stderr })) {
      const found = /http:\/\/\S+/.exec(line);
      if (found !== null) return found[0];
    }
    return null;
  }

  /** Ends it as Ctrl-C does, and tells whether it ended as it should. */
  async stop(): Promise<boolean> {
    this.#process.kill("SIGINT");
    const [code] = await this.#ended;
    return code === 0;
  }
}
