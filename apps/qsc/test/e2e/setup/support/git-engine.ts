import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { seededTelemetry } from "@qsc-tooling/testkit";

/** How the engine of one commit behaves. */
export interface Behaviour {
  /** The build that it reports; by default its checkout's. */
  readonly build?: string;
  /** Ends at once, with this exit code. */
  readonly exit?: number;
  /** Further lines at its start. */
  readonly says?: readonly string[];
  /** Models without a start-up line. */
  readonly silent?: readonly string[];
}

/** Publishes the same decision repeatedly, under its own names, to a log. */
const ENGINE = `
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const { build = execFileSync("git", ["-C", import.meta.dirname, "rev-parse", "HEAD"], { encoding: "utf8" }).trim(), exit, says = [], silent = [] } = read("behaviour.json");
if (exit !== undefined) process.exit(exit);
const { fields } = read("decision.json");
const payload = JSON.parse(fields.payload);
const boot = randomUUID();
console.log("AI_ENGINE_BUILD: " + build);
for (const model of Object.keys(payload.weights)) if (!silent.includes(model)) console.log("[" + model.toUpperCase() + "-INIT] Model file: " + model + ".onnx");
for (const line of says) console.log(line);
let number = 0;
setInterval(() => {
  number += 1;
  const own = { ...payload, decision_id: boot + ":" + number, build, boot_id: boot, timestamp: new Date().toISOString(), features_at: new Date().toISOString() };
  appendFileSync(process.argv[2], JSON.stringify({ id: Date.now() + "-" + number, fields: { ...fields, payload: JSON.stringify(own) } }) + "\\n");
}, 50);
`;

/** A git checkout of an engine, and the repository that it was cloned from. */
export class GitEngine {
  readonly checkout: string;
  readonly journal: string;
  readonly #origin: string;

  private constructor(directory: string) {
    this.#origin = join(directory, "origin");
    this.checkout = join(directory, "checkout");
    this.journal = join(directory, "intents.ndjson");
  }

  /** An origin with one commit, of a healthy engine, and a clone of it. */
  static async create(directory: string): Promise<GitEngine> {
    const engine = new GitEngine(directory);
    await mkdir(engine.#origin);
    await git(engine.#origin, "init", "--quiet", "--initial-branch=main");
    await writeFile(join(engine.#origin, "engine.mjs"), ENGINE);
    await writeFile(
      join(engine.#origin, "decision.json"),
      JSON.stringify(seededTelemetry({ seed: 5, count: 1 }).entries[0]),
    );
    await engine.commit({});
    await git(directory, "clone", "--quiet", engine.#origin, engine.checkout);
    await writeFile(engine.journal, "");
    return engine;
  }

  /** Commits a behaviour to the origin, and answers the commit. */
  async commit(behaviour: Behaviour): Promise<string> {
    await writeFile(join(this.#origin, "behaviour.json"), `${JSON.stringify(behaviour)}\n`);
    await git(this.#origin, "add", "--all");
    await git(
      this.#origin,
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.org",
      "commit",
      "--quiet",
      "--allow-empty",
      "--message",
      "behaviour",
    );
    return git(this.#origin, "rev-parse", "HEAD");
  }

  /** What is checked out. */
  head(): Promise<string> {
    return git(this.checkout, "rev-parse", "HEAD");
  }

  branch(): Promise<string> {
    return git(this.checkout, "rev-parse", "--abbrev-ref", "HEAD");
  }
}

async function git(directory: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)("git", ["-C", directory, ...args])).stdout.trim();
}
