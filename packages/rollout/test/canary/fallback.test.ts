import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fallback } from "../../src/canary/fallback.js";
import { cleanLease, renewLease } from "../../src/canary/lease.js";
import type { CanaryWorld } from "../../src/canary/world.js";
import { hostWorld } from "./model/host-world.js";
import { UNIT } from "./model/process.js";

const LONG_AGO = -100;
const ACTS = [`stop ${UNIT}`, `kill --signal=SIGKILL ${UNIT}`, "daemon-reload", `reset-failed ${UNIT}`, `start ${UNIT}`];

let directory: TemporaryDirectory;
let world: CanaryWorld;
let dropIn: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  const { path } = directory;
  ({ world, dropIn } = await hostWorld(path));
  await renewLease(world, LONG_AGO);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await directory.remove();
});

/** A process that has this in its environment. */
function running(environment: Readonly<Record<string, string>>): number {
  const child = spawn("sleep", ["1000"], { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: "ignore" });
  children.push(child);
  if (child.pid === undefined) throw new Error("sleep did not start");
  return child.pid;
}

/** Runs the fallback once, as its unit does, beside a systemd that shows this of the unit; what it had systemd do. */
async function runFallback(shown: { readonly pid: number; readonly group?: string; readonly kill?: number }): Promise<readonly string[]> {
  const { path } = directory;
  const show = `case "$*" in *MainPID,*) echo ControlGroup=${shown.group ?? ""}; echo MainPID=${shown.pid};; *MainPID*) echo ${shown.pid};; *) echo ControlGroup=${shown.group ?? ""};; esac`;
  const answers = `case $1 in show) ${show}; exit 0;; kill) echo "$@" >> '${path}/called'; exit ${shown.kill ?? 0};; *) echo "$@" >> '${path}/called';; esac`;
  await writeFile(join(path, "systemctl"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
  const [shell = "", ...args] = fallback(world).command;
  await promisify(execFile)(shell, args, { env: { ...process.env, RUNTIME_DIRECTORY: path } }).catch(() => undefined);
  const called = await readFile(join(path, "called"), "utf8").catch(() => "");
  return called.split("\n").filter((line) => line !== "");
}

/** The control group of this very process. */
async function ownGroup(): Promise<string> {
  const line = (await readFile("/proc/self/cgroup", "utf8")).split("\n").find((each) => each.startsWith("0::"));
  return line?.slice(3) ?? "/";
}

describe("root's fallback, in a real shell", () => {
  test("ends the unit's processes and removes the drop-in where there is one", async () => {
    await writeFile(dropIn, "[Service]\n");
    expect(await runFallback({ pid: running({}) })).toEqual(ACTS);
    await expect(access(dropIn)).rejects.toThrow();
  });

  test("does so where the main process has a canary's variables, and only once", async () => {
    const pid = running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid })).toEqual(ACTS);
    expect(await runFallback({ pid }), "it has started this one itself").toEqual(ACTS);
  });

  test("does so where a process in the unit's group has them, which a stop has left, whatever the lease says", async () => {
    await cleanLease(world);
    running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid: 0, group: await ownGroup() })).toEqual(ACTS);
  });

  test("starts nothing beside a process that it could not kill", async () => {
    await writeFile(dropIn, "[Service]\n");
    expect(await runFallback({ pid: running({}), group: "/system.slice/engine.service", kill: 1 })).toEqual(ACTS.slice(0, 2));
  });

  test("does nothing without a sign of a canary, or while the lease or its grace runs", async () => {
    expect(await runFallback({ pid: running({}) })).toEqual([]);
    await writeFile(dropIn, "[Service]\n");
    await renewLease(world, -5);
    expect(await runFallback({ pid: running({ QSC_CANARY_MODEL: "patchtst" }) })).toEqual([]);
  });
});
