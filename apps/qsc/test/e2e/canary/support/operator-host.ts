import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import {
  repositoryRoot,
  startPolkit,
  startRedis,
  startSystemd,
  temporaryDirectory,
  type RealSystemd,
  type RedisServer,
} from "@qsc-tooling/testkit";
import type { PageCommand } from "./page.js";

const UNIT = "quantum-ai-engine.service";
const ENGINE = join(repositoryRoot, "apps/ai-engine");
/** The user of the page, who exists only inside the throw-away machine. */
const USER = { name: "qsc", id: 64_990 };
/** Decisions per second. An engine in the field makes about one. */
const RATE = 120;

/** How a command of the page ended. */
export interface Ended {
  readonly text: string;
  readonly exit: number;
  readonly output: string;
}

/**
 * A machine like an operator's: systemd with polkit, Redis, the user `qsc`, and an engine that runs from a git
 * checkout.
 */
export class OperatorHost implements AsyncDisposable {
  readonly systemd: RealSystemd;
  readonly redis: RedisServer;
  readonly #home: string;
  readonly #undo: (() => Promise<void>)[];
  /** A commit that the checkout has never seen. */
  commit = "";

  private constructor(systemd: RealSystemd, redis: RedisServer, home: string, undo: (() => Promise<void>)[]) {
    this.systemd = systemd;
    this.redis = redis;
    this.#home = home;
    this.#undo = undo;
  }

  get workdir(): string {
    return join(this.#home, "workdir");
  }

  get repository(): string {
    return join(this.#home, "engine");
  }

  static async start(): Promise<OperatorHost> {
    const undo: (() => Promise<void>)[] = [];
    try {
      const home = await temporaryDirectory();
      undo.push(() => home.remove());
      const redis = await startRedis();
      undo.push(() => redis.stop());
      const systemd = await startSystemd();
      undo.push(() => systemd.stop());
      const host = new OperatorHost(systemd, redis, home.path, undo);
      await chmod(home.path, 0o755);
      await host.#addUser();
      await startPolkit(systemd);
      // What systemd-tmpfiles does on a whole system.
      await systemd.run("chgrp", "-R", "systemd-journal", "/run/log/journal");
      await host.#addTool();
      await host.#addRepository();
      await host.#startEngine();
      return host;
    } catch (error) {
      await undone(undo);
      throw error;
    }
  }

  /**
   * Runs commands one after another in one shell, each as it is written, up to the first that does not end as the page
   * says.
   * @param lines that come before them: the reader's own values
   */
  async run(
    by: PageCommand["by"],
    lines: readonly string[],
    commands: readonly PageCommand[],
  ): Promise<readonly Ended[]> {
    const results = join(this.#home, `session-${by}`);
    await mkdir(results, { recursive: true });
    await chmod(results, 0o777);
    const place = (index: number): string => join(results, String(index));
    const each = commands.flatMap(({ text, exit }, index) => [
      `exec > ${place(index)}.out 2>&1`,
      text,
      `{ code=$?; echo $code > ${place(index)}.exit; [ $code = ${exit ?? 0} ] || exit 0; }`,
    ]);
    const script = join(results, "session.sh");
    await writeFile(script, [...lines, ...each, ""].join("\n"));
    const user =
      by === "root" ? [] : ["setpriv", `--reuid=${USER.name}`, `--regid=${USER.name}`, "--init-groups", "--"];
    const environment = [
      "env",
      "-i",
      `PATH=${join(this.#home, "bin")}:${process.env["PATH"] ?? ""}`,
      `HOME=${by === "root" ? this.#home : this.workdir}`,
    ];
    const command: readonly string[] = [...this.systemd.prefix, ...user, ...environment, "bash", script];
    const [program = "", ...args] = command;
    await promisify(execFile)(program, args, { cwd: this.#home, maxBuffer: 1e8 });
    const ended: Ended[] = [];
    for (const [index, { text }] of commands.entries()) {
      const exit = await readFile(`${place(index)}.exit`, "utf8").catch(() => null);
      if (exit === null) break;
      ended.push({ text, exit: Number(exit), output: await readFile(`${place(index)}.out`, "utf8") });
    }
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await undone(this.#undo);
  }

  async #addUser(): Promise<void> {
    const { name, id } = USER;
    const [passwd, group] = [join(this.#home, "passwd"), join(this.#home, "group")];
    await writeFile(
      passwd,
      `${await readFile("/etc/passwd", "utf8")}${name}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin\n`,
    );
    const groups = (await readFile("/etc/group", "utf8")).replace(
      /^(systemd-journal:.*)$/m,
      (line) => `${line}${line.endsWith(":") ? "" : ","}${name}`,
    );
    await writeFile(group, `${groups}${name}:x:${id}:\n`);
    await this.systemd.run("mount", "--bind", passwd, "/etc/passwd");
    await this.systemd.run("mount", "--bind", group, "/etc/group");
  }

  async #addTool(): Promise<void> {
    const bin = join(this.#home, "bin");
    await mkdir(bin);
    await writeFile(
      join(bin, "qsc"),
      `#!/bin/sh\nexec ${process.execPath} ${join(repositoryRoot, "apps/qsc/bin/qsc.js")} "$@"\n`,
      { mode: 0o755 },
    );
  }

  /** A remote with two commits of the models, and the user's checkout of the first. */
  async #addRepository(): Promise<void> {
    const origin = join(this.#home, "origin");
    await mkdir(origin);
    await git(origin, "init", "--quiet", "--initial-branch=main");
    await cp(join(ENGINE, "models"), join(origin, "models"), { recursive: true });
    await commitAll(origin, "models");
    await git(this.#home, "clone", "--quiet", origin, this.repository);
    await writeFile(join(origin, "notes.md"), "The same models.\n");
    await commitAll(origin, "models: notes");
    this.commit = (await git(origin, "rev-parse", "HEAD")).slice(0, 8);
    await this.systemd.run("chown", "-R", `${USER.name}:${USER.name}`, this.repository, origin);
  }

  /** The engine reports the commit of its models as its build. */
  async #startEngine(): Promise<void> {
    const start = `AI_ENGINE_BUILD="$$(git -C ${this.repository} rev-parse HEAD)" exec ${process.execPath} ${join(ENGINE, "bin/ai-engine.js")}`;
    const environment = {
      PATH: process.env["PATH"] ?? "",
      BINANCE_TESTNET: "true",
      MAX_SIGNALS_PER_MINUTE: "60",
      SYMBOL_COOLDOWN_SECONDS: "10",
      MODELS_DIR: join(this.repository, "models"),
      FEATURE_SOURCE: `synthetic:?seed=2026&rate=${RATE}`,
      INTENT_SINK: this.redis.url,
      HEALTH_PORT: "0",
    };
    const lines = Object.entries(environment).map(([name, value]) => `Environment="${name}=${value}"`);
    const text = [
      "[Service]",
      "Type=exec",
      `User=${USER.name}`,
      `ExecStart=/bin/sh -c "${start.replaceAll('"', '\\"')}"`,
      ...lines,
      "",
    ];
    await writeFile(join(this.systemd.unitDirectory, UNIT), text.join("\n"));
    await this.systemd.run("systemctl", "daemon-reload");
    await this.systemd.run("systemctl", "start", UNIT);
    await this.#untilItDecides();
  }

  async #untilItDecides(): Promise<void> {
    const count = async (): Promise<string> =>
      (await this.systemd.run("redis-cli", "-u", this.redis.url, "XLEN", "quantum:stream:trade.intent")).stdout.trim();
    const deadline = performance.now() + 180_000;
    while ((await count()) === "0") {
      if (performance.now() > deadline) throw new Error("the engine made no decision within 180 s");
      await wait(100);
    }
  }
}

async function commitAll(directory: string, message: string): Promise<void> {
  await git(directory, "add", "--all");
  await git(
    directory,
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.org",
    "commit",
    "--quiet",
    "--message",
    message,
  );
}

async function git(directory: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)("git", ["-C", directory, ...args])).stdout.trim();
}

/** Undoes what was done, the last first, and everything even if some of it fails. */
async function undone(undo: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "not everything of the test's machine could be removed");
}
