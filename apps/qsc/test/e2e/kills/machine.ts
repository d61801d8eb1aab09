import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { QscDocument } from "@qsc/contract";
import { Redis } from "ioredis";
import { repositoryRoot, startRedis, startSystemd, temporaryDirectory, type RealSystemd } from "@qsc-tooling/testkit";

const UNIT = "killed-engine.service";
const STREAM = "quantum:stream:trade.intent";
const GUARD = "qsc-deadman-killed-engine.service";
const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
const ENGINE = join(repositoryRoot, "apps/ai-engine/bin/ai-engine.js");
/** Decisions a second: a gate has its events after two seconds. */
const RATE = 100;

/** A `qsc` that runs, and may be killed. */
interface Running {
  /** Kills `qsc` itself, as `kill -9` does, if it still runs. */
  kill(): Promise<void>;
  readonly exited: Promise<unknown>;
}

/** A machine of its own: systemd, Redis, the engine with its models as a unit, and `qsc` inside. */
export class Machine implements AsyncDisposable {
  readonly #systemd: RealSystemd;
  readonly #source: string;
  readonly #workdir: string;
  readonly #undo: readonly (() => Promise<void>)[];

  private constructor(systemd: RealSystemd, source: string, workdir: string, undo: readonly (() => Promise<void>)[]) {
    this.#systemd = systemd;
    this.#source = source;
    this.#workdir = workdir;
    this.#undo = undo;
  }

  static async start(): Promise<Machine> {
    const undo: (() => Promise<void>)[] = [];
    try {
      const workdir = await temporaryDirectory();
      undo.unshift(() => workdir.remove());
      const redis = await startRedis();
      undo.unshift(() => redis.stop());
      const systemd = await startSystemd();
      undo.unshift(() => systemd.stop());
      const environment = ["BINANCE_TESTNET=true", "HEALTH_PORT=0", `FEATURE_SOURCE=synthetic:?rate=${RATE}`, `INTENT_SINK=${redis.url}`, "AI_ENGINE_BUILD=test"];
      await writeFile(join(systemd.unitDirectory, UNIT), ["[Service]", "Type=exec", `Environment=${environment.join(" ")}`, `ExecStart=${process.execPath} ${ENGINE}`, ""].join("\n"));
      await systemd.run("systemctl", "daemon-reload");
      await systemd.run("systemctl", "start", UNIT);
      const machine = new Machine(systemd, redis.url, workdir.path, undo);
      // Without one there is no stream, which no gate waits for.
      await machine.until("the engine's first decision", async () => {
        const status = await machine.qsc("status");
        return status.kind === "status" && status.weights !== null;
      });
      return machine;
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    }
  }

  /** Runs `qsc` to its end. */
  async qsc(...args: readonly string[]): Promise<QscDocument> {
    const [program = "", ...rest] = [...this.#systemd.prefix, ...this.#command(args)];
    const ended = promisify(execFile)(program, rest, { maxBuffer: 1e8 });
    const { stdout, stderr } = await ended.catch((error: unknown) => error as { readonly stdout: string; readonly stderr: string });
    if (stdout === "") throw new Error(`qsc ${args.join(" ")} printed no document: ${stderr}`);
    return JSON.parse(stdout) as QscDocument;
  }

  /** Adds entries that are no decisions, more than any watch lets pass. */
  async spoilTelemetry(): Promise<void> {
    const client = new Redis(this.#source);
    try {
      for (let entry = 0; entry < 1000; entry += 1) await client.xadd(STREAM, "*", "payload", "not a decision");
    } finally {
      client.disconnect();
    }
  }

  /** Starts `qsc`; resolves as soon as it runs. */
  async begin(...args: readonly string[]): Promise<Running> {
    const pidFile = join(this.#workdir, randomUUID());
    const [program = "", ...rest] = [...this.#systemd.prefix, "/bin/sh", "-c", 'echo "$$" > "$0"; exec "$@"', pidFile, ...this.#command(args)];
    const child = spawn(program, rest, { stdio: "ignore" });
    const exited = once(child, "exit");
    await this.until("its process ID", async () => (await read(pidFile)).endsWith("\n"));
    const pid = (await read(pidFile)).trim();
    return {
      exited,
      kill: async () => {
        // It may have come to its end before.
        if (child.exitCode === null) await this.#systemd.run("kill", "-KILL", pid).catch(() => undefined);
        await exited;
      },
    };
  }

  /** As if the time of the lease had gone by: it is over, and the dead-man's timer starts its unit. */
  async letTheLeaseEnd(): Promise<void> {
    const path = join(this.#workdir, "data", "qsc_canary_lease");
    const lease = await read(path);
    if (lease !== "") await writeFile(path, `${(lease.split(" ")[0] ?? "").concat(" 0").padEnd(lease.length - 1)}\n`);
    // A run that fails is one of many: the timer starts the next.
    for (let run = 0; run < 3 && (await this.isGuarded()); run += 1) {
      await this.#systemd.run("systemctl", "start", GUARD).catch(() => undefined);
    }
  }

  /** Whether the dead-man's timer runs. */
  async isGuarded(): Promise<boolean> {
    const { stdout } = await this.#systemd.run("systemctl", "show", "-p", "ActiveState", "--value", GUARD.replace(/service$/, "timer"));
    return stdout.trim() === "active";
  }

  /** The drop-in's text; empty where there is none. */
  dropIn(): Promise<string> {
    return read(join(this.#systemd.unitDirectory, `${UNIT}.d`, "canary_weights.conf"));
  }

  /** The environment of the unit, as its manager has it. */
  async environment(): Promise<string> {
    return (await this.#systemd.run("systemctl", "show", "-p", "Environment", "--value", UNIT)).stdout;
  }

  async until(what: string, question: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 180_000;
    while (!(await question())) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
      await wait(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#undo) await step();
  }

  #command(args: readonly string[]): readonly string[] {
    return [process.execPath, QSC, ...args, "--json", "--unit", UNIT, "--source", this.#source, "--workdir", this.#workdir];
  }
}

async function read(path: string): Promise<string> {
  const isThere = await access(path).then(() => true, () => false);
  return isThere ? readFile(path, "utf8") : "";
}
