import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { childManager, restart, type ServiceManager } from "../../src/index.js";
import { isAlive, ownProcessId } from "../../src/child/process-id.js";
import { collect, eventually, linesOf, serviceError } from "../support/eventually.js";

const MODULE = new URL("../../dist/index.js", import.meta.url).href;
const UNIT = "engine.service";
const TIMEOUT_MS = 10_000;

interface Place {
  readonly directory: string;
  readonly manager: ServiceManager;
  /** Where the unit's process writes its PID when it starts. */
  readonly pids: string;
}

async function place(service: readonly string[] = [], script = "exec sleep 1000"): Promise<Place> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  const pids = join(directory, "pids");
  const manager = childManager(directory);
  onTestFinished(async () => {
    await manager.stop(UNIT, TIMEOUT_MS);
    await manager.disarmGuard("guard");
    await temporary.remove();
  });
  await writeFile(
    join(directory, UNIT),
    ["[Service]", ...service, `ExecStart=/bin/sh -c "echo $$$$ >> ${pids}; ${script}"`, ""].join("\n"),
  );
  return { directory, manager, pids };
}

/** Runs a manager's action in a separate process. */
function another(directory: string, act: string, environment: NodeJS.ProcessEnv = process.env): ChildProcess {
  const code = `import { childManager, restart } from ${JSON.stringify(MODULE)}; const manager = childManager(${JSON.stringify(directory)}); ${act}`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "inherit", "inherit"],
    env: environment,
  });
}

async function ended(program: ChildProcess): Promise<number | null> {
  if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
  return program.exitCode;
}

const runsNow = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (line) => !/\) [ZX] /.test(line),
    () => false,
  );

describe("a unit's process", () => {
  test("outlives the process that started it, and another one finds, follows and stops it", async () => {
    const { directory, manager } = await place([], "echo begun; exec sleep 1000");
    expect(await ended(another(directory, `await manager.start("${UNIT}", 10000);`))).toBe(0);
    const state = await manager.state(UNIT);
    expect(state).toMatchObject({ active: "active", sub: "running" });
    expect(
      (await collect(manager.journal(UNIT, { invocationId: state.invocationId ?? "" }))).map(({ message }) => message),
    ).toEqual(["begun"]);
    expect(await manager.stop(UNIT, TIMEOUT_MS)).toMatchObject({ active: "inactive" });
    expect(await runsNow(state.mainPid ?? 0)).toBe(false);
  });

  test("starts once, however many processes start it at the same time", async () => {
    const { directory, manager, pids } = await place();
    const programs = [1, 2, 3, 4].map(() =>
      another(
        directory,
        `await manager.start("${UNIT}", 10000).catch((error) => { process.exitCode = error.code === "service_failed" ? 3 : 1; });`,
      ),
    );
    const codes = await Promise.all(programs.map(ended));
    expect(codes.filter((code) => code === 0).length).toBeLessThanOrEqual(1);
    expect(codes.every((code) => code === 0 || code === 3)).toBe(true);
    if ((await manager.state(UNIT)).active !== "active") await restart(manager, UNIT, { timeoutMs: TIMEOUT_MS });
    const alive = (
      await Promise.all((await linesOf(pids)).map(async (pid) => ((await runsNow(Number(pid))) ? [pid] : [])))
    ).flat();
    expect(alive).toEqual([String((await manager.state(UNIT)).mainPid)]);
  });

  test("is never lost, no matter when its starter is killed", async () => {
    const { directory, manager, pids } = await place();
    for (let turn = 0; turn < 6; turn += 1) {
      const starter = another(directory, `for (;;) { await restart(manager, "${UNIT}", { timeoutMs: 10000 }); }`);
      const before = (await linesOf(pids)).length;
      // A different moment each time, so that some of the successive restarts are interrupted.
      await eventually(async () => (await linesOf(pids)).length > before);
      await new Promise((resolve) => setTimeout(resolve, 61 * turn));
      starter.kill("SIGKILL");
      await ended(starter);
      await eventually(async () => !["activating", "deactivating"].includes((await manager.state(UNIT)).active));
      const { mainPid } = await manager.state(UNIT);
      const alive = (
        await Promise.all((await linesOf(pids)).map(async (pid) => ((await runsNow(Number(pid))) ? [Number(pid)] : [])))
      ).flat();
      expect(alive).toEqual(mainPid === null ? [] : [mainPid]);
    }
    expect(await restart(manager, UNIT, { timeoutMs: TIMEOUT_MS })).toMatchObject({ active: "active" });
  });

  test("keeps running without its supervisor and can be stopped, but how it ended is unknown", async () => {
    const { directory, manager } = await place();
    const { mainPid } = await manager.start(UNIT, TIMEOUT_MS);
    await killSupervisor(directory);
    expect(await manager.state(UNIT)).toMatchObject({ active: "active", mainPid });
    expect(await manager.stop(UNIT, TIMEOUT_MS)).toMatchObject({ active: "inactive", result: "success" });

    const second = await manager.start(UNIT, TIMEOUT_MS);
    await killSupervisor(directory);
    process.kill(second.mainPid ?? 0, "SIGKILL");
    await eventually(async () => (await manager.state(UNIT)).active !== "active");
    expect(await manager.state(UNIT)).toMatchObject({ active: "failed", result: "lost", mainPid: null });
    await manager.resetFailed(UNIT);
    expect(await manager.state(UNIT)).toMatchObject({ active: "inactive", result: "success" });
    expect(await manager.start(UNIT, TIMEOUT_MS)).toMatchObject({ active: "active" });
  });

  test("is killed if it ignores SIGTERM, even without its supervisor", async () => {
    const { directory, manager } = await place(
      ["TimeoutStopSec=1"],
      "trap '' TERM; echo ready; while :; do sleep 0.05; done",
    );
    const { invocationId } = await manager.start(UNIT, TIMEOUT_MS);
    for await (const { message } of manager.journal(UNIT, { invocationId: invocationId ?? "", follow: true })) {
      expect(message).toBe("ready");
      break;
    }
    await killSupervisor(directory);
    expect(await manager.stop(UNIT, TIMEOUT_MS)).toMatchObject({ active: "failed", result: "timeout" });
  });

  test("is seen as dead at once by all managers", async () => {
    const { manager } = await place();
    const { mainPid } = await manager.start(UNIT, TIMEOUT_MS);
    process.kill(mainPid ?? 0, "SIGKILL");
    await eventually(async () => (await manager.state(UNIT)).active === "failed");
    expect(await manager.state(UNIT)).toMatchObject({ result: "signal", mainPid: null });
  });

  test("is not confused with a process that reuses its PID", async () => {
    const { directory, manager } = await place();
    const { mainPid } = await manager.start(UNIT, TIMEOUT_MS);
    await manager.stop(UNIT, TIMEOUT_MS);
    const generation = await newestStart(directory);
    await supervisorGone(directory);
    await rm(join(generation, "ended.json"));
    const own = ownProcessId();
    const stat = await readFile("/proc/self/stat", "utf8");
    await writeFile(join(generation, "main"), stat.replace(` ${own.ticks} `, " 1 "));
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, ticks: "1" })).toBe(false);
    expect(isAlive({ ...own, boot: "another" })).toBe(false);
    expect(await manager.state(UNIT)).toMatchObject({ active: "failed", result: "lost", mainPid: null });
    // Nothing is killed in its place: it would be this process.
    await manager.stop(UNIT, TIMEOUT_MS);
    expect(await manager.start(UNIT, TIMEOUT_MS)).not.toMatchObject({ mainPid });
  });

  test("counts as failed if everything died while it was starting, and can be started again", async () => {
    const { directory, manager } = await place();
    const generation = join(directory, ".qsc", "units", UNIT, "0000000001");
    await mkdir(generation, { recursive: true });
    const gone = { ...ownProcessId(), ticks: "1" };
    await writeFile(
      join(generation, "start.json"),
      JSON.stringify({ invocationId: "0".repeat(32), starter: gone, what: {} }),
    );
    expect(await manager.state(UNIT)).toMatchObject({ active: "failed", result: "lost" });
    expect(await restart(manager, UNIT, { timeoutMs: TIMEOUT_MS })).toMatchObject({ active: "active" });
  });

  test("inherits only the usual variables from its starter", async () => {
    const { directory, manager } = await place(
      ["Environment=A=1"],
      "tr '\\\\0' '\\\\n' < /proc/$$$$/environ; exec sleep 1000",
    );
    await ended(
      another(directory, `await manager.start("${UNIT}", 10000);`, {
        ...process.env,
        QSC_CANARY_MODEL: "leak",
        NODE_OPTIONS: "--no-warnings",
      }),
    );
    const { invocationId } = await manager.state(UNIT);
    const lines = (await collect(manager.journal(UNIT, { invocationId: invocationId ?? "" }))).map(
      ({ message }) => message,
    );
    const names = lines.map((line) => line.split("=")[0]);
    expect(lines).toContain("A=1");
    expect(lines).toContain(`INVOCATION_ID=${invocationId ?? ""}`);
    expect(names).toContain("PATH");
    expect(names).not.toContain("QSC_CANARY_MODEL");
    expect(names).not.toContain("NODE_OPTIONS");
  });

  test("has a log of limited size that keeps the newest lines", async () => {
    const { directory, manager } = await place(
      [],
      "echo first; until [ -e go ]; do sleep 0.05; done; seq -f %%01500.0f 1 30000; echo end; exec sleep 1000",
    );
    const { invocationId } = await manager.start(UNIT, TIMEOUT_MS);
    let count = 0;
    for await (const { message } of manager.journal(UNIT, { invocationId: invocationId ?? "", follow: true })) {
      count += 1;
      if (message === "first") await writeFile(join(directory, "go"), "");
      if (message === "end") break;
    }
    const parts = (await readdir(await newestStart(directory))).filter((name) => name.startsWith("log-"));
    expect(parts.length).toBeLessThanOrEqual(9);
    expect(parts).not.toContain("log-0000000001.ndjson");
    expect(count).toBeLessThanOrEqual(30_002);
    const kept = await collect(manager.journal(UNIT, { invocationId: invocationId ?? "" }));
    expect(kept.at(-1)?.message).toBe("end");
  });

  test("keeps its last five starts", async () => {
    const { directory, manager } = await place();
    for (let turn = 0; turn < 7; turn += 1) await restart(manager, UNIT, { timeoutMs: TIMEOUT_MS });
    expect(await readdir(join(directory, ".qsc", "units", UNIT))).toEqual(
      [3, 4, 5, 6, 7].map((number) => String(number).padStart(10, "0")),
    );
  });
});

describe("a guard's process", () => {
  const guardAt = (path: string) => ({
    name: "guard",
    command: ["/bin/sh", "-c", `echo run >> ${path}`],
    everySeconds: 1,
    afterBootSeconds: 1,
    description: "a test",
  });

  test("outlives the process that armed it, even if that is killed", async () => {
    const { directory, manager } = await place();
    const path = join(directory, "runs");
    const armer = another(
      directory,
      `await manager.armGuard(${JSON.stringify(guardAt(path))}); for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));`,
    );
    await eventually(async () => (await manager.guardState("guard")) === "armed");
    armer.kill("SIGKILL");
    await ended(armer);
    await eventually(async () => (await linesOf(path)).length >= 2);
    expect(await manager.guardState("guard")).toBe("armed");
  });

  test("is broken if it dies without being disarmed, and can be armed again", async () => {
    const { directory, manager } = await place();
    const guard = guardAt(join(directory, "runs"));
    await manager.armGuard(guard);
    const [pid] = (await readFile(join(directory, ".qsc", "guards", "guard", "0000000001", "main"), "utf8")).split(" ");
    process.kill(Number(pid), "SIGKILL");
    await eventually(async () => (await manager.guardState("guard")) !== "armed");
    expect(await manager.guardState("guard")).toEqual({
      broken: "guard has lost its process: it was killed, or the machine was booted since",
    });
    await manager.armGuard(guard);
    expect(await manager.guardState("guard")).toBe("armed");
  });

  test("finishes its run when it disarms itself, and never runs again", async () => {
    const { directory, manager } = await place();
    const [program, path] = [join(directory, "disarm.mjs"), join(directory, "runs")];
    await writeFile(
      program,
      `
      import { appendFileSync } from "node:fs";
      import { childManager } from ${JSON.stringify(MODULE)};
      await childManager(${JSON.stringify(directory)}).disarmGuard("guard");
      appendFileSync(${JSON.stringify(path)}, process.ppid + "\\n");
    `,
    );
    await manager.armGuard({ ...guardAt(path), command: [process.execPath, program] });
    await eventually(async () => (await linesOf(path)).length > 0);
    expect(await manager.guardState("guard")).toBe("absent");
    const [pid] = await linesOf(path);
    await eventually(async () => !(await runsNow(Number(pid))));
    expect(await linesOf(path)).toHaveLength(1);
  });

  test("is refused if its command cannot run, and broken if that happens later", async () => {
    const { directory, manager } = await place();
    const program = join(directory, "program");
    const guard = { ...guardAt(""), command: [program] };
    expect((await serviceError(manager.armGuard(guard))).message).toContain(
      `${program} is not a program that this user may run`,
    );
    expect(await manager.guardState("guard")).toBe("absent");
    await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
    await manager.armGuard(guard);
    await rm(program);
    expect(await manager.guardState("guard")).toEqual({
      broken: `guard cannot run its command: ${program} is not a program that this user may run`,
    });
  });
});

async function newestStart(directory: string): Promise<string> {
  const starts = join(directory, ".qsc", "units", UNIT);
  return join(starts, (await readdir(starts)).sort().at(-1) ?? "");
}

async function killSupervisor(directory: string): Promise<void> {
  process.kill(await supervisorOf(directory), "SIGKILL");
  await supervisorGone(directory);
}

async function supervisorGone(directory: string): Promise<void> {
  const pid = await supervisorOf(directory);
  await eventually(async () => !(await runsNow(pid)));
}

async function supervisorOf(directory: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(await newestStart(directory), "supervisor.json"), "utf8")) as {
    pid: number;
  };
  return pid;
}
