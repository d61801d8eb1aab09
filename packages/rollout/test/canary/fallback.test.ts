import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { fallback } from "../../src/canary/fallback.js";
import { cleanLease, renewLease } from "../../src/canary/lease.js";
import { noteReopened } from "../../src/canary/restarted.js";
import type { OperationContext } from "../../src/operation/context.js";
import { hostContext } from "./model/host-context.js";
import { endStuck, stuck } from "./model/stuck.js";
import { UNIT } from "./model/process.js";

const LONG_AGO = -100;
const ACTS = [
  `stop ${UNIT}`,
  `kill --signal=SIGKILL ${UNIT}`,
  "daemon-reload",
  `reset-failed ${UNIT}`,
  `start ${UNIT}`,
];

let directory: TemporaryDirectory;
let context: OperationContext;
let dropIn: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  const { path } = directory;
  ({ context, dropIn } = await hostContext(path));
  await renewLease(context, LONG_AGO);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await endStuck(directory.path);
  await directory.remove();
});

/** A process with this in its environment. */
function running(environment: Readonly<Record<string, string>>): number {
  const child = spawn("sleep", ["1000"], { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: "ignore" });
  children.push(child);
  if (child.pid === undefined) throw new Error("sleep did not start");
  return child.pid;
}

/**
 * Runs the fallback once, as its unit does, with a systemd that shows this for the unit; answers what it asked systemd
 * to do.
 */
async function runFallback(shown: {
  readonly pid: number;
  readonly group?: string;
  readonly kill?: number;
  readonly path?: string;
}): Promise<readonly string[]> {
  const { path } = directory;
  const show = `case "$*" in *MainPID,*) echo ControlGroup=${shown.group ?? ""}; echo MainPID=${shown.pid};; *MainPID*) echo ${shown.pid};; *) echo ControlGroup=${shown.group ?? ""};; esac`;
  const answers = `case $1 in show) ${show}; exit 0;; kill) echo "$@" >> '${path}/called'; exit ${shown.kill ?? 0};; *) echo "$@" >> '${path}/called';; esac`;
  await writeFile(join(path, "systemctl"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
  const [shell = "", ...args] = fallback(context).command;
  const env = { ...process.env, RUNTIME_DIRECTORY: path, PATH: shown.path ?? process.env["PATH"] };
  const child = spawn(shell, args, { env, stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child, "exit");
  const called = await readFile(join(path, "called"), "utf8").catch(() => "");
  return called.split("\n").filter((line) => line !== "");
}

/** The lease of a canary that was promoted. */
async function promotedLease(atSeconds = 77): Promise<void> {
  await writeFile(context.paths.lease, `${`promoted ${atSeconds}`.padEnd(79)}\n`);
}

/** Where the fallback keeps when it saw a note first: "promoted", the note's time, and the host's uptime. */
const seenPath = (): string => join(directory.path, "reopened");

/** As if it had seen the note long ago. */
async function seenLongAgo(): Promise<void> {
  const [boot = "", until = "", seen = ""] = (await readFile(seenPath(), "utf8")).trim().split(" ");
  expect(Number(seen)).toBeGreaterThan(0);
  await writeFile(seenPath(), `${boot} ${until} -1000\n`);
}

/** The control group of this very process. */
async function ownGroup(): Promise<string> {
  const line = (await readFile("/proc/self/cgroup", "utf8")).split("\n").find((each) => each.startsWith("0::"));
  return line?.slice(3) ?? "/";
}

describe("root's fallback, in a real shell", () => {
  test("ends the unit's processes and removes the drop-in, if there is one", async () => {
    await writeFile(dropIn, "[Service]\n");
    expect(await runFallback({ pid: running({}) })).toEqual(ACTS);
    await expect(access(dropIn)).rejects.toThrow();
  });

  test("does so if the main process has a canary's variables, but only once", async () => {
    const pid = running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid })).toEqual(ACTS);
    expect(await runFallback({ pid }), "it has started this one itself").toEqual(ACTS);
  });

  test("does so if a process that a stop has left in the unit's group has them, whatever the lease says", async () => {
    await cleanLease(context, () => Promise.resolve());
    running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid: 0, group: await ownGroup() })).toEqual(ACTS);
  });

  test("starts nothing while a process that it could not kill is left", async () => {
    await writeFile(dropIn, "[Service]\n");
    expect(await runFallback({ pid: running({}), group: "/system.slice/engine.service", kill: 1 })).toEqual(
      ACTS.slice(0, 2),
    );
  });

  test("ends the unit's processes, but starts none, if the drop-in cannot be removed", async () => {
    await mkdir(dropIn);
    expect(await runFallback({ pid: running({}) })).toEqual(ACTS.slice(0, 2));
  });

  test("does so if a look at the lease does not end, and who looks cannot be killed: it counts as run out", async () => {
    await renewLease(context, 60);
    await writeFile(dropIn, "[Service]\n");
    const path = await stuck(directory.path, `*"${context.paths.lease}"*`);
    expect(await runFallback({ pid: running({}), path })).toEqual(ACTS);
  });

  test("does so if the lease does not answer and the drop-in is gone, but the main process has a canary's variables", async () => {
    const path = await stuck(directory.path, `*"${context.paths.lease}"*`);
    expect(await runFallback({ pid: running({ QSC_CANARY_MODEL: "patchtst" }), path })).toEqual(ACTS);
  });

  test("does so for a promoted canary whose rollback is noted as begun, once the dead-man had its time", async () => {
    await promotedLease();
    await writeFile(dropIn, "[Service]\n");
    await noteReopened(context);
    const pid = running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid }), "when it sees the note").toEqual([]);
    expect(await runFallback({ pid }), "within its grace").toEqual([]);
    await seenLongAgo();
    expect(await runFallback({ pid })).toEqual(ACTS);
  });

  test("does so at once if it cannot keep when it saw that note", async () => {
    await promotedLease();
    await writeFile(dropIn, "[Service]\n");
    await noteReopened(context);
    await mkdir(seenPath());
    expect(await runFallback({ pid: running({}) })).toEqual(ACTS);
  });

  test("leaves a promoted canary alone whose rollback has not begun, or whose note is about another one", async () => {
    await promotedLease();
    await writeFile(dropIn, "[Service]\n");
    const pid = running({ QSC_CANARY_MODEL: "patchtst" });
    expect(await runFallback({ pid })).toEqual([]);
    await noteReopened(context);
    expect(await runFallback({ pid }), "when it sees the note").toEqual([]);
    await seenLongAgo();
    await promotedLease(78);
    expect(await runFallback({ pid }), "another promotion").toEqual([]);
    expect(await runFallback({ pid }), "another promotion").toEqual([]);
  });

  test("does nothing without a sign of a canary, or before the lease and its grace have run out", async () => {
    expect(await runFallback({ pid: running({}) })).toEqual([]);
    await writeFile(dropIn, "[Service]\n");
    await renewLease(context, -5);
    expect(await runFallback({ pid: running({ QSC_CANARY_MODEL: "patchtst" }) })).toEqual([]);
  });
});
