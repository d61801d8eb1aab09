import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FleetDocument } from "@qsc/contract";
import { CanaryHost, repositoryRoot, startSshd, temporaryDirectory, type Sshd } from "@qsc-tooling/testkit";

const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
/** Decisions per second of each engine. */
const RATE = 100;

/** A command on a fleet that was started. */
export interface RunningFleet {
  readonly ended: Promise<FleetDocument & { readonly code: number | null; readonly said: string }>;
  /** What it has told the operator so far. */
  readonly said: () => string;
  interrupt(): void;
}

/** Machines of their own, each with systemd, Redis, an engine and an sshd, and an inventory of them. */
export class FleetHosts implements AsyncDisposable {
  readonly hosts: readonly CanaryHost[];
  readonly sshds: readonly Sshd[];
  readonly inventory: string;
  readonly #undo: readonly (() => Promise<void>)[];

  private constructor(
    hosts: readonly CanaryHost[],
    sshds: readonly Sshd[],
    inventory: string,
    undo: readonly (() => Promise<void>)[],
  ) {
    this.hosts = hosts;
    this.sshds = sshds;
    this.inventory = inventory;
    this.#undo = undo;
  }

  static async start(count: number): Promise<FleetHosts> {
    const undo: (() => Promise<void>)[] = [];
    try {
      const directory = await temporaryDirectory();
      undo.push(() => directory.remove());
      const hosts: CanaryHost[] = [];
      const sshds: Sshd[] = [];
      for (let number = 1; number <= count; number += 1) {
        const host = await CanaryHost.start({ engine: { kind: "scripted", rate: RATE, seed: 20_261_201 + number } });
        undo.push(() => host[Symbol.asyncDispose]());
        await mkdir(host.workdir, { recursive: true });
        const settings = { unit: host.unit, source: host.redis.url, workdir: host.workdir };
        await writeFile(join(host.workdir, "qsc.config.yaml"), JSON.stringify(settings));
        const sshd = await startSshd(host.systemd.prefix);
        undo.push(() => sshd.stop());
        hosts.push(host);
        sshds.push(sshd);
      }
      const sshConfig = join(directory.path, "ssh_config");
      await writeFile(sshConfig, sshds.map((sshd, at) => sshd.configuration(`host-${at + 1}`)).join("\n"));
      const inventory = join(directory.path, "hosts.yaml");
      const entries = hosts.map(({ workdir }, at) => ({
        name: `host-${at + 1}`,
        config: join(workdir, "qsc.config.yaml"),
      }));
      await writeFile(
        inventory,
        JSON.stringify({ fleet: "test", qsc: [process.execPath, QSC], sshConfig, hosts: entries }),
      );
      return new FleetHosts(hosts, sshds, inventory, undo);
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      throw error;
    }
  }

  /** Starts `qsc fleet` on this inventory. */
  start(action: string, ...options: readonly string[]): RunningFleet {
    const workdir = join(this.inventory, "..", "reports");
    const args = [QSC, "fleet", action, "--inventory", this.inventory, "--workdir", workdir, ...options, "--json"];
    // As a job of a shell: Ctrl-C goes to the command and to all that it has started.
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let [out, said] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const ended = once(child, "close").then(([code]) => {
      if (out === "") throw new Error(`qsc fleet ${action} printed no document: ${said}`);
      return { ...(JSON.parse(out) as FleetDocument), code: code as number | null, said };
    });
    return {
      ended,
      said: () => said,
      interrupt: () => {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      },
    };
  }

  run(action: string, ...options: readonly string[]): RunningFleet["ended"] {
    return this.start(action, ...options).ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#undo.toReversed()) await step();
  }
}
