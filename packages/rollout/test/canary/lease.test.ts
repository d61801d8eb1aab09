import { execFile } from "node:child_process";
import { access, chmod, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { guardUnits, type UnitState } from "@qsc/systemd";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hostClock } from "../../src/canary/clock.js";
import { hostFiles } from "../../src/canary/files.js";
import { cleanLease, cutLease, deadMan, endLease, engineName, guardName, leaseRuns, olderGuard, renewLease } from "../../src/canary/lease.js";
import type { CanaryWorld } from "../../src/canary/world.js";
import { hostWorld } from "./model/host-world.js";
import { UNIT } from "./model/process.js";

let directory: TemporaryDirectory;
let world: CanaryWorld;
let dropIn: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const { path } = directory;
  ({ world, dropIn } = await hostWorld(path));
  await writeFile(dropIn, "[Service]\n");
  await program("systemctl", 0);
  await program("qsc", 0);
});

afterEach(async () => {
  await directory.remove();
});

/** A program that says what it was called with, and ends so. */
async function program(name: string, exit: number): Promise<void> {
  const path = join(directory.path, name);
  await writeFile(path, `#!/bin/sh\necho ${name} "$@" >> '${directory.path}/called'\nexit ${exit}\n`);
  await chmod(path, 0o755);
}

/** Runs the dead-man once, as its unit does; its exit code, and what it called. */
async function runDeadMan(changes: Partial<CanaryWorld> = {}): Promise<{ readonly exit: number; readonly called: readonly string[] }> {
  const [shell = "", ...args] = deadMan({ ...world, program: [join(directory.path, "qsc")], ...changes }).command;
  const exit = await promisify(execFile)(shell, args).then(() => 0, (error: unknown) => (error as { readonly code: number }).code);
  const called = await readFile(join(directory.path, "called"), "utf8").catch(() => "");
  return { exit, called: called.split("\n").filter((line) => line !== "") };
}

const isThere = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
const TOOL = /^qsc rollback --config .*qsc_canary_settings.json --reason the canary is unmonitored --take-over --quiet$/;
const ENDED = [`systemctl stop ${UNIT}`, `systemctl kill --signal=SIGKILL ${UNIT}`];
const STARTED = ["systemctl daemon-reload", `systemctl reset-failed ${UNIT}`, `systemctl start ${UNIT}`];
const RESTARTED = [...ENDED, ...STARTED];

describe("the dead-man, in a real shell", () => {
  test("does nothing while the lease runs", async () => {
    await renewLease(world, 60);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [] });
    expect(await isThere(dropIn)).toBe(true);
  });

  test("does nothing once the canary is promoted, whichever boot it is", async () => {
    await renewLease(world, 0);
    await endLease(world);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [] });
  });

  test.each<[string, () => Promise<void>]>([
    ["the lease is over", () => renewLease(world, 0)],
    ["the lease is of another boot", () => renewLease({ ...world, clock: { ...hostClock, boot: () => Promise.resolve({ id: "another", uptimeSeconds: 1e9 }) } }, 60)],
    ["there is no lease", () => Promise.resolve()],
    ["the lease is empty", async () => { await hostFiles.makeDirectory(dirname(world.paths.lease)); await writeFile(world.paths.lease, ""); }],
    ["the lease is nonsense", async () => { await hostFiles.makeDirectory(dirname(world.paths.lease)); await writeFile(world.paths.lease, `${(await hostClock.boot()).id} soon\n`); }],
  ])("runs the tool, and leaves the rest to it, where %s", async (_, prepare) => {
    await prepare();
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
    expect(await isThere(dropIn)).toBe(true);
  });

  test("takes the drop-in away and restarts the unit where the tool fails", async () => {
    await renewLease(world, 0);
    await program("qsc", 2);
    expect(await runDeadMan()).toEqual({ exit: 1, called: [expect.stringMatching(TOOL), ...RESTARTED] });
    expect([await isThere(dropIn), await isThere(world.paths.lease)]).toEqual([false, false]);
  });

  test("does so where there is no tool at all", async () => {
    await renewLease(world, 0);
    expect((await runDeadMan({ program: ["/no/such/tool"] })).called).toEqual(RESTARTED);
    expect(await isThere(dropIn)).toBe(false);
  });

  test("does so where the tool does not end, and takes no notice of SIGTERM", async () => {
    await renewLease(world, 0);
    await writeFile(join(directory.path, "qsc"), "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", { mode: 0o755 });
    expect((await runDeadMan()).called).toEqual(RESTARTED);
    expect(await isThere(dropIn)).toBe(false);
  });

  test("does so where systemd does not answer a question: only that of the reload is needed", async () => {
    await renewLease(world, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    await writeFile(path, `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n[ "$1" != reset-failed ] || exec sleep 1000\n`, { mode: 0o755 });
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    expect(await isThere(world.paths.lease)).toBe(false);
  });

  test("does so where only the drop-in is left", async () => {
    await program("qsc", 2);
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
  });

  test("keeps the lease where the restart fails, to try again", async () => {
    await renewLease(world, 0);
    await program("qsc", 2);
    await program("systemctl", 1);
    expect((await runDeadMan()).exit).toBe(1);
    expect([await isThere(dropIn), await isThere(world.paths.lease)]).toEqual([false, true]);
  });

  test("kills what does not end in time", async () => {
    await renewLease(world, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    await writeFile(path, `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n[ "$1" != stop ] || exec sleep 1000\n`, { mode: 0o755 });
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    expect(await isThere(world.paths.lease)).toBe(false);
  });

  test.each([
    ["keeps the lease where a process is left that it could not kill, and starts the unit all the same", "/system.slice/engine.service", true],
    ["takes a kill that is refused for none where nothing is left", "", false],
  ])("%s", async (_, group, isKept) => {
    await renewLease(world, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    const answers = `case $1 in kill) exit 1;; show) echo "ControlGroup=${group}";; esac`;
    await writeFile(path, `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n${answers}\n`, { mode: 0o755 });
    const { called } = await runDeadMan();
    expect(called.slice(1)).toEqual([...ENDED, `systemctl show --property=ControlGroup ${UNIT}`, ...STARTED]);
    expect(await isThere(world.paths.lease)).toBe(isKept);
  });

  test("restarts nothing where neither lease nor drop-in are there: it has been done", async () => {
    await hostFiles.remove(dropIn);
    await program("qsc", 2);
    expect(await runDeadMan()).toEqual({ exit: 1, called: [expect.stringMatching(TOOL)] });
  });

  test("restarts nothing where the tool has: the lease says that no canary is left; a drop-in is one all the same", async () => {
    await renewLease(world, 60);
    await cleanLease(world);
    await cutLease(world);
    await program("qsc", 2);
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    await renewLease(world, 60);
    await cleanLease(world);
    expect(await isThere(dropIn)).toBe(false);
    const { called } = await runDeadMan();
    expect(called.slice(1 + RESTARTED.length)).toEqual([expect.stringMatching(TOOL)]);
  });

  test("has no systemctl to call where child processes are run", async () => {
    await renewLease(world, 0);
    await program("qsc", 2);
    expect(await runDeadMan({ systemctl: null })).toEqual({ exit: 1, called: [expect.stringMatching(TOOL)] });
  });
});

describe("a lease", () => {
  test("runs for the time that it was given, on this boot", async () => {
    await renewLease(world, 60);
    expect(await leaseRuns(world)).toBe(true);
    const later = (ms: number, id?: string): CanaryWorld => ({
      ...world,
      clock: { ...hostClock, boot: async () => { const boot = await hostClock.boot(); return { id: id ?? boot.id, uptimeSeconds: boot.uptimeSeconds + ms / 1000 }; } },
    });
    expect(await leaseRuns(later(58_000))).toBe(true);
    expect(await leaseRuns(later(62_000))).toBe(false);
    expect(await leaseRuns(later(0, "another"))).toBe(false);
  });

  test("keeps its size, so that it is renewed on a full disk", async () => {
    await renewLease(world, 0);
    const first = await hostFiles.read(world.paths.lease);
    await renewLease({ ...world, files: { ...hostFiles, write: () => Promise.reject(new Error("ENOSPC")) } }, 60);
    expect((await hostFiles.read(world.paths.lease))?.length).toBe(first?.length);
    expect(await leaseRuns(world)).toBe(true);
  });

  test("that is cut ends now, and never later than it did before", async () => {
    const until = async (): Promise<string | undefined> => (await hostFiles.read(world.paths.lease))?.trim();
    await renewLease(world, 60);
    await cutLease(world);
    expect(await leaseRuns(world)).toBe(false);
    await renewLease(world, -100);
    const before = await until();
    await cutLease(world);
    expect(await until()).toBe(before);
  });

  test("that is not there does not run", async () => {
    expect(await leaseRuns(world)).toBe(false);
  });
});

describe("the names of a unit's other units", () => {
  /** What a unit's name may hold. */
  const unitName = fc.stringMatching(/^[A-Za-z0-9:_@\\][A-Za-z0-9:_.@\\-]{0,12}$/).map((name) => `${name}.service`);

  test("are different for different units, and can name a guard", () => {
    fc.assert(
      fc.property(unitName, unitName, (one, other) => {
        expect(guardName(one)).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);
        expect(engineName(one) === engineName(other)).toBe(one === other);
      }),
      { seed: 20_261_128, numRuns: 2000 },
    );
  });

  test.each([
    ["quantum-ai-engine.service", "quantum-ai-engine"],
    ["engine-a.service", "engine-a"],
    ["engine@a.service", "engine_40a"],
    ["engine_40a.service", "engine_5f40a"],
  ])("%s: %s", (unit, name) => {
    expect(engineName(unit)).toBe(name);
  });

  /** A manager that knows one file of a dead-man's service. */
  const installed = (name: string, engine: string, unit: string): CanaryWorld => {
    const guard = { ...deadMan({ ...world, unit: engine, program: ["/usr/bin/qsc"] }), name };
    const [service] = guardUnits(guard);
    return {
      ...world,
      unit,
      services: { ...world.services, state: (asked) => Promise.resolve({ fragment: asked === `${name}.service` ? "/units/guard" : null } as UnitState) },
      files: { ...hostFiles, read: (path) => Promise.resolve(path === "/units/guard" ? (service?.text ?? null) : null) },
    };
  };

  test("a dead-man by the name of an older version is found, and not taken for another unit's", async () => {
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine@a.service", "engine@a.service"))).toBe("qsc-deadman-engine-a");
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine-a.service", "engine@a.service"))).toBeNull();
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine-a.service", "engine-a.service"))).toBeNull();
    expect(await olderGuard(installed("qsc-deadman-other", "engine@a.service", "engine@a.service"))).toBeNull();
  });
});
