import { setTimeout as wait } from "node:timers/promises";

import { childManager } from "@qsc/systemd";

/** How long the engine may take to start, and to end, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The engine as a unit of plain child processes, used only through what operators' tools can see. */
export class Engine {
  #services;
  #unit;

  /**
   * @param {string} directory of the unit's file
   * @param {string} unit
   */
  constructor(directory, unit) {
    this.#services = childManager(directory);
    this.#unit = unit;
  }

  /** @returns {Promise<ReadonlyMap<string, string>>} the environment of the unit's next process */
  async environment() {
    return (await this.#services.state(this.#unit)).environment;
  }

  /**
   * The lines of the running process that contain the text, once there is one.
   *
   * @param {string} text
   * @returns {Promise<string[]>}
   */
  async saying(text) {
    for (;;) {
      const { invocationId, active } = await this.#services.state(this.#unit);
      const lines = invocationId === null ? [] : await this.#lines(invocationId);
      const found = lines.filter((line) => line.includes(text));
      if (found.length > 0) return found;
      if (active !== "active")
        throw new Error(
          `the engine is ${active} and has not said '${text}'; its last lines:\n${lines.slice(-10).join("\n")}`,
        );
      await wait(100);
    }
  }

  /** @returns {Promise<number>} decisions that this process has published */
  async published() {
    const text = await (await fetch(`${await this.#url()}/metrics`)).text();
    return Number(/^ai_engine_intents_published_total (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** @returns {Promise<any>} what /health says */
  async health() {
    return (await fetch(`${await this.#url()}/health`)).json();
  }

  /** Makes the engine reload its models. */
  async reload() {
    const { mainPid } = await this.#services.state(this.#unit);
    if (mainPid === null) throw new Error("the engine is not running");
    process.kill(mainPid, "SIGHUP");
  }

  /** Ends it. @returns {Promise<string>} how it ended: `success` after draining its buffer */
  async stop() {
    return (await this.#services.stop(this.#unit, PATIENCE_MS)).result;
  }

  /** Ends everything that is still running, including an armed guard. @param {string} guard */
  async discard(guard) {
    await this.#services.disarmGuard(guard);
    await this.stop();
  }

  async #url() {
    const [line = ""] = await this.saying("serving /health and /metrics");
    return JSON.parse(line).url;
  }

  /** @param {string} invocationId */
  async #lines(invocationId) {
    const lines = [];
    for await (const { message } of this.#services.journal(this.#unit, { invocationId })) lines.push(message);
    return lines;
  }
}
