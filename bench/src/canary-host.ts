import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot, startRedis, startSystemd, temporaryDirectory, type RealSystemd, type RedisServer } from "@qsc-tooling/testkit";

export const UNIT = "bench-engine.service";
const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
const ENGINE = join(repositoryRoot, "apps/ai-engine/bin/ai-engine.js");

/** A machine of its own: systemd, Redis, the engine as a unit with its four models, and `qsc` inside. */
export class CanaryHost implements AsyncDisposable {
  readonly systemd: RealSystemd;
  readonly redis: RedisServer;
  readonly #workdir: Awaited<ReturnType<typeof temporaryDirectory>>;

  private constructor(systemd: RealSystemd, redis: RedisServer, workdir: Awaited<ReturnType<typeof temporaryDirectory>>) {
    this.systemd = systemd;
    this.redis = redis;
    this.#workdir = workdir;
  }

  /** @param rate decisions a second */
  static async start(rate: number): Promise<CanaryHost> {
    const [systemd, redis, workdir] = [await startSystemd(), await startRedis(), await temporaryDirectory()];
    const host = new CanaryHost(systemd, redis, workdir);
    const environment = [`BINANCE_TESTNET=true`, "HEALTH_PORT=0", `FEATURE_SOURCE=synthetic:?rate=${rate}`, `INTENT_SINK=${redis.url}`, "AI_ENGINE_BUILD=bench"];
    const unit = ["[Service]", "Type=exec", `Environment=${environment.join(" ")}`, `ExecStart=${process.execPath} ${ENGINE}`, ""].join("\n");
    await writeFile(join(systemd.unitDirectory, UNIT), unit);
    await systemd.run("systemctl", "daemon-reload");
    await systemd.run("systemctl", "start", UNIT);
    return host;
  }

  /** Runs `qsc` and gives its JSON document, whatever its exit code. */
  async qsc(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const [program = "", ...rest] = this.#command(args);
    const run = promisify(execFile)(program, rest, { maxBuffer: 1e8 });
    const { stdout } = await run.catch((error: unknown) => error as { readonly stdout: string });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  }

  /** Starts `qsc` and leaves it running. */
  spawnQsc(...args: readonly string[]): { readonly child: ChildProcess; readonly exited: Promise<number | null> } {
    const [program = "", ...rest] = this.#command(args);
    const child = spawn(program, rest, { stdio: "ignore" });
    return { child, exited: once(child, "exit").then(([code]) => code as number | null) };
  }

  #command(args: readonly string[]): readonly string[] {
    return [...this.systemd.prefix, process.execPath, QSC, ...args, "--json", "--unit", UNIT, "--source", this.redis.url, "--workdir", this.#workdir.path];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.systemd.stop();
    await this.redis.stop();
    await this.#workdir.remove();
  }
}
