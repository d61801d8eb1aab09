import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { runCommand } from "./command.js";

export const UNIT = "quantum-ai-engine.service";
/** Where the reference engine is installed. */
const ENGINE = dirname(fileURLToPath(import.meta.resolve("@qsc/ai-engine/package.json")));

export const MODELS: readonly string[] = ["xgb", "patchtst", "nhits", "dlinear"];
/** The one of them that runs without a vote until it is a canary. */
export const SHADOW = "patchtst";
/** Decisions per second. A real engine makes about one, so the demo's clock runs that much faster. */
const RATE = 120;

/** Where the demo takes place: everything an operator has, in one directory. */
export class Place {
  readonly directory: string;
  readonly units: string;
  /** The git checkout from which the engine's models are deployed. */
  readonly repository: string;
  readonly models: string;

  /** @param directory for everything that is written; empty */
  constructor(directory: string) {
    this.directory = directory;
    this.units = join(directory, "units");
    this.repository = join(directory, "engine");
    this.models = join(this.repository, "models");
  }

  /** Writes the engine's unit and the operator's settings. */
  prepare(): void {
    mkdirSync(this.units);
    mkdirSync(this.repository);
    writeFileSync(join(this.units, UNIT), this.#unit());
    const settings = {
      source: `file:${join(this.directory, "intents.ndjson")}`,
      services: `child:${this.units}`,
      unit: UNIT,
      workdir: this.directory,
    };
    writeFileSync(
      join(this.directory, "qsc.config.yaml"),
      Object.entries(settings)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join(""),
    );
  }

  /**
   * Commits the four models, with some of them replaced by broken ones.
   *
   * @param broken which broken model stands in for which
   * @returns the commit
   */
  async commit(message: string, broken: Readonly<Record<string, string>> = {}): Promise<string> {
    for (const model of MODELS) this.place(model, broken[model]);
    await this.#git("init", "--quiet");
    await this.#git("add", "--all");
    await this.#git(
      "-c",
      "user.name=demo",
      "-c",
      "user.email=demo@localhost",
      "commit",
      "--quiet",
      "--message",
      message,
    );
    return (await this.#git("rev-parse", "HEAD")).trim();
  }

  /** Puts a model's files in place, sound or broken. */
  place(model: string, broken?: string): void {
    const from = broken === undefined ? join("models", model) : join("models-broken", broken);
    rmSync(join(this.models, model), { recursive: true, force: true });
    cpSync(join(ENGINE, from), join(this.models, model), { recursive: true });
  }

  /** The engine reports the commit of its models as its build. */
  #unit(): string {
    const engine = join(ENGINE, "bin/ai-engine.js");
    const start = `AI_ENGINE_BUILD="$$(git -C '${this.repository}' rev-parse HEAD)" exec '${process.execPath}' '${engine}'`;
    const environment = {
      PATH: process.env["PATH"] ?? "",
      BINANCE_TESTNET: "true",
      MAX_SIGNALS_PER_MINUTE: "60",
      SYMBOL_COOLDOWN_SECONDS: "10",
      MODELS_DIR: this.models,
      SHADOW_MODELS: SHADOW,
      FEATURE_SOURCE: `synthetic:?seed=2026&rate=${RATE}`,
      INTENT_SINK: `file:${join(this.directory, "intents.ndjson")}`,
      HEALTH_PORT: "0",
    };
    const lines = Object.entries(environment).map(([name, value]) => `Environment="${name}=${escaped(value)}"`);
    return [
      "[Unit]",
      "Description=The demo's engine",
      "[Service]",
      "Type=exec",
      "TimeoutStopSec=10",
      `ExecStart=/bin/sh -c "${escaped(start)}"`,
      ...lines,
      "",
    ].join("\n");
  }

  async #git(...args: readonly string[]): Promise<string> {
    const { code, output } = await runCommand(["git", ...args], this.repository, "quiet");
    if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code ?? "no exit code"}: ${output}`);
    return output;
  }
}

/** A text for use within double quotes in a unit file. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%");
}
