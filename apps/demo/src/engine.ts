import { setTimeout as wait } from "node:timers/promises";

import { childManager, type ServiceManager } from "@qsc/systemd";

/** How long the engine may take to start, and to end, in milliseconds. */
const PATIENCE_MS = 30_000;

/** What the engine's /health says, as far as it is read here. */
export interface Health {
  readonly ready: boolean;
  readonly active: number;
  readonly quorum: number;
  readonly models: Readonly<Record<string, unknown>>;
}

/** The engine as a unit of plain child processes, used only through what operators' tools can see. */
export class Engine {
  readonly #services: ServiceManager;
  readonly #unit: string;

  /** @param directory of the unit's file */
  constructor(directory: string, unit: string) {
    this.#services = childManager(directory);
    this.#unit = unit;
  }

  /** The environment of the unit's next process. */
  async environment(): Promise<ReadonlyMap<string, string>> {
    return (await this.#services.state(this.#unit)).environment;
  }

  /** The lines of the running process that contain the text, once there is one. */
  async saying(text: string): Promise<readonly string[]> {
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

  /** How many decisions this process has published. */
  async published(): Promise<number> {
    const text = await (await fetch(`${await this.#url()}/metrics`)).text();
    return Number(/^ai_engine_intents_published_total (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** What /health says. */
  async health(): Promise<Health> {
    return (await (await fetch(`${await this.#url()}/health`)).json()) as Health;
  }

  /** Makes the engine reload its models. */
  async reload(): Promise<void> {
    const { mainPid } = await this.#services.state(this.#unit);
    if (mainPid === null) throw new Error("the engine is not running");
    process.kill(mainPid, "SIGHUP");
  }

  /** Ends it, and tells how it ended: `success` after draining its buffer. */
  async stop(): Promise<string> {
    return (await this.#services.stop(this.#unit, PATIENCE_MS)).result;
  }

  /** Ends everything that is still running, including an armed guard. */
  async discard(guard: string): Promise<void> {
    await this.#services.disarmGuard(guard);
    await this.stop();
  }

  async #url(): Promise<string> {
    const [line = ""] = await this.saying("serving /health and /metrics");
    return (JSON.parse(line) as { url: string }).url;
  }

  async #lines(invocationId: string): Promise<readonly string[]> {
    const lines: string[] = [];
    for await (const { message } of this.#services.journal(this.#unit, { invocationId })) lines.push(message);
    return lines;
  }
}
