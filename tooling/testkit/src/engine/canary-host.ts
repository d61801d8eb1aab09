import { randomUUID } from "node:crypto";
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { repositoryRoot } from "../recording.js";
import { startRedis, type RedisOptions, type RedisServer } from "../redis/server.js";
import { startSystemd, type RealSystemd } from "../systemd/server.js";
import { temporaryDirectory } from "../temporary-directory.js";
import { newestDecision, type Decision } from "./decisions.js";
import { FAULT_KEY, type FaultName } from "./faults.js";
import { runInside, type QscRun, type RunningQsc } from "./qsc-run.js";
import { unitText, type Engine } from "./units.js";

const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
const STREAM = "quantum:stream:trade.intent";
/** Ends a wait for something that never comes, in milliseconds. It is not a speed limit. */
const PATIENCE_MS = 180_000;
const POLL_MS = 50;

export interface CanaryHostOptions {
  readonly engine: Engine;
  /** Further lines of the unit's [Service]. */
  readonly service?: readonly string[];
  readonly redis?: RedisOptions;
  /** The keys that a scripted engine writes to in turn. Default: one. */
  readonly streams?: readonly string[];
  /** The text of a policy file. Default: the built-in policy. */
  readonly policy?: string;
  /** The path of the `qsc` to run. Default: this checkout's. */
  readonly program?: string;
}

/** The settings of every `qsc` on a host. */
interface QscSettings {
  readonly unit: string;
  readonly source: string;
  readonly workdir: string;
}

/** A machine of its own: systemd, Redis, an engine as a unit, and `qsc` inside. */
export class CanaryHost implements AsyncDisposable {
  readonly unit: string = "test-engine.service";
  /** The key that the engine writes to; of several, the first. */
  readonly stream: string;
  readonly redis: RedisServer;
  readonly client: Redis;
  /** The workdir of every `qsc` here. */
  readonly workdir: string;
  #systemd: RealSystemd;
  readonly #options: CanaryHostOptions;
  readonly #home: string;
  readonly #undo: (() => Promise<void>)[];

  private constructor(
    options: CanaryHostOptions,
    systemd: RealSystemd,
    redis: RedisServer,
    home: string,
    undo: (() => Promise<void>)[],
  ) {
    this.#options = options;
    this.stream = options.streams?.[0] ?? STREAM;
    this.#systemd = systemd;
    this.redis = redis;
    this.client = new Redis(redis.url, { retryStrategy: () => 100 });
    // Outages are caused by the test itself.
    this.client.on("error", () => undefined);
    this.#home = home;
    this.workdir = join(home, "workdir");
    this.#undo = undo;
  }

  /** Starts everything, and waits for the engine's first decision. */
  static async start(options: CanaryHostOptions): Promise<CanaryHost> {
    const undo: (() => Promise<void>)[] = [];
    try {
      const home = await temporaryDirectory();
      undo.push(() => home.remove());
      const redis = await startRedis(options.redis);
      undo.push(() => redis.stop());
      const systemd = await startSystemd();
      const host = new CanaryHost(options, systemd, redis, home.path, undo);
      undo.push(() => host.#systemd.stop());
      if (options.policy !== undefined) await writeFile(host.#policyPath, options.policy);
      await host.install(options.engine, options.service);
      await systemd.run("systemctl", "enable", "--now", host.unit);
      await host.until("the first decision", async () => (await host.client.xlen(host.stream)) > 0);
      return host;
    } catch (error) {
      await undone(undo);
      throw error;
    }
  }

  get systemd(): RealSystemd {
    return this.#systemd;
  }

  get dropIn(): string {
    return join(this.#systemd.unitDirectory, `${this.unit}.d`, "canary_weights.conf");
  }

  /** Writes the unit, to be used from its next start. */
  async install(engine: Engine, further: readonly string[] = []): Promise<void> {
    await writeFile(
      join(this.#systemd.unitDirectory, this.unit),
      unitText(engine, this.redis.url, this.#streams, further),
    );
    await this.#systemd.run("systemctl", "daemon-reload");
  }

  /** Writes the unit so that its next start waits until the returned function is called, however long that takes. */
  async installHeld(engine: Engine): Promise<() => Promise<void>> {
    const gate = join(this.#home, "gate");
    await writeFile(gate, "");
    await this.install(engine, [`ExecStartPre=/bin/sh -c 'while [ -e ${gate} ]; do sleep 0.1; done'`]);
    return () => rm(gate);
  }

  /** Runs `qsc --json` to its end. */
  qsc(...args: readonly string[]): Promise<QscRun> {
    return this.startQsc(...args).ended;
  }

  /** Runs `qsc --json` with settings that differ from this host's. */
  qscWith(settings: Partial<QscSettings>, ...args: readonly string[]): Promise<QscRun> {
    return this.startQscWith(settings, ...args).ended;
  }

  /** Starts `qsc --json` with settings that differ from this host's, and leaves it running. */
  startQscWith(settings: Partial<QscSettings>, ...args: readonly string[]): RunningQsc {
    return this.#start(args, settings);
  }

  /** Starts `qsc --json` and leaves it running. */
  startQsc(...args: readonly string[]): RunningQsc {
    return this.#start(args, {});
  }

  #start(args: readonly string[], other: Partial<QscSettings>): RunningQsc {
    const policy = this.#options.policy === undefined ? {} : { policy: this.#policyPath };
    const stream = this.#options.streams === undefined ? {} : { stream: this.#streams };
    const settings = { unit: this.unit, source: this.redis.url, workdir: this.workdir, ...policy, ...stream, ...other };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    return runInside(this.#systemd.prefix, join(this.#home, `${randomUUID()}.pid`), [
      process.execPath,
      this.#options.program ?? QSC,
      ...args,
      ...flags,
      "--json",
    ]);
  }

  /** Sends a signal to a `qsc` that runs here. After a STOP, call `resume` to let it continue. */
  async signal(running: RunningQsc, name: "INT" | "TERM" | "KILL" | "STOP"): Promise<void> {
    await this.#systemd.run("kill", `-${name}`, String(await running.pid()));
  }

  /** Tells a scripted engine which fault to show while it serves a canary. */
  async tell(fault: FaultName | null): Promise<void> {
    await (fault === null ? this.client.del(FAULT_KEY) : this.client.set(FAULT_KEY, fault));
  }

  newestDecision(): Promise<Decision> {
    return newestDecision(this.client, this.stream);
  }

  /** Resolves once the answer is yes. @param what the awaited event, for the error */
  async until(what: string, question: () => Promise<boolean>, patienceMs: number = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await question())) {
      if (performance.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
      await wait(POLL_MS);
    }
  }

  /** Cuts the power, and boots with the units, drop-ins and links that were on disk. */
  async reboot(): Promise<void> {
    const units = join(this.#home, randomUUID());
    await cp(this.#systemd.unitDirectory, units, { recursive: true, verbatimSymlinks: true });
    await this.#systemd.stop();
    this.#systemd = await startSystemd({ units });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    await undone(this.#undo);
  }

  get #streams(): string {
    return (this.#options.streams ?? [STREAM]).join(",");
  }

  get #policyPath(): string {
    return join(this.#home, "policy.yaml");
  }
}

/** Undoes everything that was done, last first, and continues even if some of it fails. */
async function undone(undo: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "not everything of the test's machine could be removed");
}
