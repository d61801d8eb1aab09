import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { run } from "../bootstrap/run.js";

export const UNIT = "quantum-ai-engine.service";
export const MODELS = ["xgb", "patchtst", "nhits", "dlinear"];
/** The one of them that runs without a vote until it is a canary. */
export const SHADOW = "patchtst";
/** Decisions per second. A real engine makes about one, so the demo's clock runs that much faster. */
const RATE = 120;

/** Where the demo takes place: everything an operator has, in one directory. */
export class Place {
  /** @param {string} directory for everything that is written; empty */
  constructor(directory) {
    this.directory = directory;
    this.units = join(directory, "units");
    /** The git checkout from which the engine's models are deployed. */
    this.repository = join(directory, "engine");
    this.models = join(this.repository, "models");
  }

  /** Writes the engine's unit and the operator's settings. */
  prepare() {
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
   * @param {string} message
   * @param {Record<string, string>} [broken] which broken model stands in for which
   * @returns {Promise<string>} the commit
   */
  async commit(message, broken = {}) {
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

  /** Puts a model's files in place, sound or broken. @param {string} model @param {string} [broken] */
  place(model, broken) {
    const from = broken === undefined ? join("models", model) : join("models-broken", broken);
    rmSync(join(this.models, model), { recursive: true, force: true });
    cpSync(join(root, "apps/ai-engine", from), join(this.models, model), { recursive: true });
  }

  /** The engine reports the commit of its models as its build. */
  #unit() {
    const engine = join(root, "apps/ai-engine/bin/ai-engine.js");
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

  /** @param {readonly string[]} args */
  async #git(...args) {
    const { code, output } = await run("git", args, { output: "quiet", cwd: this.repository });
    if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}: ${output}`);
    return output;
  }
}

/** A text for use within double quotes in a unit file. @param {string} text */
function escaped(text) {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%");
}
