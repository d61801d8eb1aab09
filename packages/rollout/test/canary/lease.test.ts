import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { guardUnits, type UnitState } from "@qsc/systemd";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { hostClock } from "../../src/host/clock.js";
import { hostFiles } from "../../src/host/host-files.js";
import {
  cleanLease,
  cutLease,
  deadMan,
  endLease,
  engineName,
  guardName,
  leaseRuns,
  olderGuard,
  renewLease,
  isReopened,
} from "../../src/canary/lease.js";
import { noteReopened } from "../../src/canary/restarted.js";
import { RESTARTED as RESTARTED_LINK } from "../../src/canary/restarted.js";
import type { OperationContext } from "../../src/operation/context.js";
import { endStuck, stuck } from "./model/stuck.js";
import { hostContext } from "./model/host-context.js";
import { UNIT } from "./model/process.js";

let directory: TemporaryDirectory;
let context: OperationContext;
let dropIn: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const { path } = directory;
  ({ context, dropIn } = await hostContext(path));
  await writeFile(dropIn, "[Service]\n");
  await program("systemctl", 0);
  await program("qsc", 0, `rm -rf '${dropIn}' '${context.paths.lease}'`);
});

afterEach(async () => {
  await endStuck(directory.path);
  await directory.remove();
});

/** A program that prints its arguments, does something, and exits with this code. */
async function program(name: string, exit: number, act = ":"): Promise<void> {
  const path = join(directory.path, name);
  await writeFile(path, `#!/bin/sh\necho ${name} "$@" >> '${directory.path}/called'\n${act}\nexit ${exit}\n`);
  await chmod(path, 0o755);
}

/** Runs the dead-man once, as its unit does; answers its exit code and its calls. */
async function runDeadMan(
  changes: Partial<OperationContext> = {},
): Promise<{ readonly exit: number; readonly called: readonly string[] }> {
  const [shell = "", ...args] = deadMan({ ...context, program: [join(directory.path, "qsc")], ...changes }).command;
  const exit = await promisify(execFile)(shell, args).then(
    () => 0,
    (error: unknown) => (error as { readonly code: number }).code,
  );
  return { exit, called: await calls() };
}

/**
 * The same for a run that may leave a process behind, which keeps its output open: answers at the end of the shell.
 */
async function runBounded({ path = process.env["PATH"] }: { readonly path?: string | undefined } = {}): ReturnType<
  typeof runDeadMan
> {
  const [shell = "", ...args] = deadMan({ ...context, program: [join(directory.path, "qsc")] }).command;
  const child = spawn(shell, args, { env: { ...process.env, PATH: path }, stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [exit] = (await once(child, "exit")) as [number];
  return { exit, called: await calls() };
}

async function calls(): Promise<readonly string[]> {
  const called = await readFile(join(directory.path, "called"), "utf8").catch(() => "");
  return called.split("\n").filter((line) => line !== "");
}

/** A pipe that no one writes to, in the lease's place: opening it does not end. */
async function leaseWithoutEnd(): Promise<void> {
  await hostFiles.makeDirectory(dirname(context.paths.lease));
  await promisify(execFile)("mkfifo", [context.paths.lease]);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
const TOOL =
  /^qsc rollback --config .*qsc_canary_settings.json --reason the canary is unmonitored --take-over --if-unmonitored --quiet$/;
const ENDED = [`systemctl stop ${UNIT}`, `systemctl kill --signal=SIGKILL ${UNIT}`];
const STARTED = ["systemctl daemon-reload", `systemctl reset-failed ${UNIT}`, `systemctl start ${UNIT}`];
const RESTARTED = [...ENDED, ...STARTED];

describe("the dead-man, in a real shell", () => {
  test("does nothing until the lease runs out", async () => {
    await renewLease(context, 60);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [] });
    expect(await isThere(dropIn)).toBe(true);
  });

  test("does nothing once the canary is promoted, on any boot", async () => {
    await renewLease(context, 60);
    expect(await endLease(context)).toBe(true);
    expect(await hostFiles.read(context.paths.lease)).not.toContain((await hostClock.boot()).id);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [] });
  });

  test("runs the tool for a promoted canary whose rollback has begun, and for no later one", async () => {
    await renewLease(context, 60);
    expect(await endLease(context)).toBe(true);
    expect(await noteReopened(context)).toBe(true);
    expect(await isReopened(context)).toBe(true);
    expect(await endLease(context)).toBe(false);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
    await rm(join(directory.path, "called"));
    await hostFiles.write(context.paths.lease, "promoted 1\n");
    expect(await isReopened(context)).toBe(false);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [] });
  });

  test("leaves a canary alone that another command has activated while its tool failed", async () => {
    await renewLease(context, 60);
    const running = (await hostFiles.read(context.paths.lease)) ?? "";
    await renewLease(context, 0);
    await program("qsc", 2, `printf '%s' '${running}' > '${context.paths.lease}'`);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
    expect(await isThere(dropIn)).toBe(true);
  });

  test("runs the tool if the canary is promoted only after its lease has run out", async () => {
    await renewLease(context, 0);
    expect(await endLease(context)).toBe(false);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
  });

  test.each<[string, () => Promise<void>]>([
    ["the lease is over", () => renewLease(context, 0)],
    [
      "the lease is of another boot",
      () =>
        renewLease(
          { ...context, clock: { ...hostClock, boot: () => Promise.resolve({ id: "another", uptimeSeconds: 1e9 }) } },
          60,
        ),
    ],
    ["there is no lease", () => Promise.resolve()],
    [
      "the lease is empty",
      async () => {
        await hostFiles.makeDirectory(dirname(context.paths.lease));
        await writeFile(context.paths.lease, "");
      },
    ],
    [
      "the lease is nonsense",
      async () => {
        await hostFiles.makeDirectory(dirname(context.paths.lease));
        await writeFile(context.paths.lease, `${(await hostClock.boot()).id} soon\n`);
      },
    ],
  ])("runs the tool, and leaves the rest to it, if %s", async (_, prepare) => {
    await prepare();
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
  });

  test("leaves the rest to a tool that says in the lease that no canary is left", async () => {
    await renewLease(context, 0);
    await program("qsc", 0, `rm '${dropIn}'; echo 'clean 0' > '${context.paths.lease}'`);
    expect(await runDeadMan()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
  });

  test.each([
    ["whose file is empty", ""],
    ["that does nothing", ":"],
    ["that leaves the drop-in", "rm -f '$LEASE'"],
    ["that leaves the lease", "rm '$DROP_IN'"],
  ])("removes the drop-in and restarts the unit if a tool %s exits with 0", async (_, act) => {
    await renewLease(context, 0);
    const text = act.replace("$LEASE", context.paths.lease).replace("$DROP_IN", dropIn);
    await writeFile(join(directory.path, "qsc"), text === "" ? "" : `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const program = text === "" ? ["/bin/sh", join(directory.path, "qsc")] : [join(directory.path, "qsc")];
    expect(await runDeadMan({ program })).toEqual({ exit: 1, called: RESTARTED });
    expect([await isThere(dropIn), await isThere(context.paths.lease)]).toEqual([false, false]);
  });

  test("removes the drop-in and restarts the unit if the tool fails", async () => {
    await renewLease(context, 0);
    await program("qsc", 2);
    expect(await runDeadMan()).toEqual({ exit: 1, called: [expect.stringMatching(TOOL), ...RESTARTED] });
    expect([await isThere(dropIn), await isThere(context.paths.lease)]).toEqual([false, false]);
  });

  test("does so if the tool is missing", async () => {
    await renewLease(context, 0);
    expect((await runDeadMan({ program: ["/no/such/tool"] })).called).toEqual(RESTARTED);
    expect(await isThere(dropIn)).toBe(false);
  });

  test("does so if the tool does not end, and ignores SIGTERM", async () => {
    await renewLease(context, 0);
    await writeFile(join(directory.path, "qsc"), "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", {
      mode: 0o755,
    });
    expect((await runDeadMan()).called).toEqual(RESTARTED);
    expect(await isThere(dropIn)).toBe(false);
  });

  test("does so if systemd does not answer: only the reload needs an answer", async () => {
    await renewLease(context, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    await writeFile(
      path,
      `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n[ "$1" != reset-failed ] || exec sleep 1000\n`,
      { mode: 0o755 },
    );
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    expect(await isThere(context.paths.lease)).toBe(false);
  });

  test("does so if only the drop-in is left", async () => {
    await program("qsc", 2);
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
  });

  test("keeps the lease if the restart fails, to try again", async () => {
    await renewLease(context, 0);
    await program("qsc", 2);
    await program("systemctl", 1);
    expect((await runDeadMan()).exit).toBe(1);
    expect([await isThere(dropIn), await isThere(context.paths.lease)]).toEqual([false, true]);
  });

  test("kills what does not end in time", async () => {
    await renewLease(context, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    await writeFile(
      path,
      `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n[ "$1" != stop ] || exec sleep 1000\n`,
      { mode: 0o755 },
    );
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    expect(await isThere(context.paths.lease)).toBe(false);
  });

  test.each([
    [
      "keeps the lease if it could not kill a process, but starts the unit all the same",
      "/system.slice/engine.service",
      true,
    ],
    ["ignores a refused kill if nothing is left", "", false],
  ])("%s", async (_, group, isKept) => {
    await renewLease(context, 0);
    await program("qsc", 2);
    const path = join(directory.path, "systemctl");
    const answers = `case $1 in kill) exit 1;; show) echo "ControlGroup=${group}";; esac`;
    await writeFile(path, `#!/bin/sh\necho systemctl "$@" >> '${directory.path}/called'\n${answers}\n`, {
      mode: 0o755,
    });
    const { called } = await runDeadMan();
    expect(called.slice(1)).toEqual([...ENDED, `systemctl show --property=ControlGroup ${UNIT}`, ...STARTED]);
    expect(await isThere(context.paths.lease)).toBe(isKept);
  });

  test("restarts nothing if neither lease nor drop-in exist: it has been done", async () => {
    await hostFiles.remove(dropIn);
    await program("qsc", 2);
    expect(await runDeadMan()).toEqual({ exit: 1, called: [expect.stringMatching(TOOL)] });
  });

  test("restarts nothing if the tool has, and the lease says that no canary is left, unless there is a drop-in", async () => {
    await renewLease(context, 60);
    await cleanLease(context, () => Promise.resolve());
    await cutLease(context, () => Promise.resolve());
    await program("qsc", 2);
    expect((await runDeadMan()).called.slice(1)).toEqual(RESTARTED);
    await renewLease(context, 60);
    await cleanLease(context, () => Promise.resolve());
    expect(await isThere(dropIn)).toBe(false);
    const { called } = await runDeadMan();
    expect(called.slice(1 + RESTARTED.length)).toEqual([expect.stringMatching(TOOL)]);
  });

  test("starts nothing if the failed tool left no canary, according to the lease that it wrote", async () => {
    await rm(dropIn);
    await renewLease(context, 0);
    const clean = `echo 'clean 0' > '${context.paths.lease}'`;
    await writeFile(join(directory.path, "qsc"), `#!/bin/sh\n${clean}\nexit 2\n`, { mode: 0o755 });
    expect(await runDeadMan()).toEqual({ exit: 1, called: [] });
  });

  test("ends the unit's processes, but starts none, if the drop-in cannot be removed", async () => {
    await rm(dropIn);
    await mkdir(dropIn);
    await program("qsc", 2);
    expect((await runDeadMan()).called.slice(1)).toEqual(ENDED);
  });

  test("runs the tool if a read of the lease does not end", async () => {
    await leaseWithoutEnd();
    expect(await runBounded()).toEqual({ exit: 0, called: [expect.stringMatching(TOOL)] });
  });

  test.each([true, false])(
    "restarts the unit if the tool fails and the lease cannot be read; a drop-in that is left: %s",
    async (isLeft) => {
      await leaseWithoutEnd();
      if (!isLeft) await rm(dropIn);
      await program("qsc", 2);
      expect(await runBounded()).toEqual({ exit: 1, called: [expect.stringMatching(TOOL), ...RESTARTED] });
      expect(await isThere(dropIn)).toBe(false);
    },
  );

  describe("with a lease that cannot be removed", () => {
    let path: string;

    beforeEach(async () => {
      const bin = join(directory.path, "bin");
      await mkdir(bin);
      const refuses = `case "$*" in *'${context.paths.lease}'*) exit 1;; esac\nexec /bin/rm "$@"`;
      await writeFile(join(bin, "rm"), `#!/bin/sh\n${refuses}\n`, { mode: 0o755 });
      path = `${bin}:${process.env["PATH"] ?? ""}`;
      await program("qsc", 2);
      await renewLease(context, 0);
      expect((await runBounded({ path })).called.slice(1)).toEqual(RESTARTED);
      expect([await isThere(dropIn), await isThere(context.paths.lease)]).toEqual([false, true]);
      await rm(join(directory.path, "called"));
    });

    test("restarts the unit for it only once", async () => {
      expect(await runBounded({ path })).toEqual({ exit: 1, called: [expect.stringMatching(TOOL)] });
      expect(await runBounded({ path })).toMatchObject({ exit: 1, called: [expect.anything(), expect.anything()] });
    });

    test("restarts it again if there is another drop-in", async () => {
      await writeFile(dropIn, "[Service]\n");
      expect((await runBounded({ path })).called.slice(1)).toEqual(RESTARTED);
      expect(await isThere(dropIn)).toBe(false);
    });

    test("restarts it again if a run ended between the removal of another drop-in and the restart", async () => {
      await writeFile(dropIn, "[Service]\n");
      await program("systemctl", 0, '[ "$1" != stop ] || kill -KILL "$(cut -d " " -f 4 "/proc/$PPID/stat")"');
      await runBounded({ path });
      expect(await isThere(dropIn)).toBe(false);
      await program("systemctl", 0);
      await rm(join(directory.path, "called"));
      expect((await runBounded({ path })).called.slice(1)).toEqual(RESTARTED);
    });

    test("restarts it again if there is another lease", async () => {
      // A lease is named by its end, in whole seconds: this one has another, however fast the machine is.
      await renewLease(context, -100);
      expect((await runBounded({ path })).called.slice(1)).toEqual(RESTARTED);
    });

    test("restarts it again if the kill of what was left failed", async () => {
      await renewLease(context, -100);
      const systemctl = join(directory.path, "systemctl");
      const answers = `case $1 in kill) exit 1;; show) echo "ControlGroup=/system.slice/engine.service";; esac`;
      const called = `echo systemctl "$@" >> '${directory.path}/called'`;
      await writeFile(systemctl, `#!/bin/sh\n${called}\n${answers}\n`, { mode: 0o755 });
      await runBounded({ path });
      await rm(join(directory.path, "called"));
      expect((await runBounded({ path })).called).toContain(`systemctl start ${UNIT}`);
    });

    test("never writes through a link in the note's place", async () => {
      const other = join(directory.path, "of another");
      await writeFile(other, "precious");
      await rm(join(dirname(dropIn), RESTARTED_LINK));
      await symlink(other, join(dirname(dropIn), RESTARTED_LINK));
      expect((await runBounded({ path })).called.slice(1)).toEqual(RESTARTED);
      expect(await readFile(other, "utf8")).toBe("precious");
      expect(await runBounded({ path })).toMatchObject({ exit: 1 });
    });
  });

  describe("on a disk that hangs, so that who waits for it cannot be killed", () => {
    test("restarts the unit if neither a look at the lease nor the tool nor the removal ends", async () => {
      await renewLease(context, 60);
      await rm(dropIn);
      const path = await stuck(directory.path, `*"${context.paths.lease}"*|*rollback*`);
      expect(await runBounded({ path })).toEqual({ exit: 1, called: RESTARTED });
    });

    test("restarts the unit if only the tool does not end", async () => {
      await renewLease(context, 0);
      const path = await stuck(directory.path, "*rollback*");
      expect(await runBounded({ path })).toEqual({ exit: 1, called: RESTARTED });
      expect([await isThere(dropIn), await isThere(context.paths.lease)]).toEqual([false, false]);
    });
  });

  test("passes on what the tool prints", async () => {
    await renewLease(context, 0);
    await writeFile(
      join(directory.path, "qsc"),
      `#!/bin/sh\necho a result\necho a warning >&2\nrm '${dropIn}' '${context.paths.lease}'\n`,
      { mode: 0o755 },
    );
    const [shell = "", ...args] = deadMan({ ...context, program: [join(directory.path, "qsc")] }).command;
    expect(await promisify(execFile)(shell, args)).toEqual({ stdout: "a result\n", stderr: "a warning\n" });
  });

  test("calls no systemctl if the units are child processes", async () => {
    await renewLease(context, 0);
    await program("qsc", 2);
    expect(await runDeadMan({ systemctl: null })).toEqual({ exit: 1, called: [expect.stringMatching(TOOL)] });
  });
});

describe("a lease", () => {
  test("lasts for its time, on this boot", async () => {
    await renewLease(context, 60);
    expect(await leaseRuns(context)).toBe(true);
    const later = (ms: number, id?: string): OperationContext => ({
      ...context,
      clock: {
        ...hostClock,
        boot: async () => {
          const boot = await hostClock.boot();
          return { id: id ?? boot.id, uptimeSeconds: boot.uptimeSeconds + ms / 1000 };
        },
      },
    });
    expect(await leaseRuns(later(58_000))).toBe(true);
    expect(await leaseRuns(later(62_000))).toBe(false);
    expect(await leaseRuns(later(0, "another"))).toBe(false);
  });

  test("keeps its size, so that it can be renewed on a full disk", async () => {
    await renewLease(context, 0);
    const first = await hostFiles.read(context.paths.lease);
    await renewLease({ ...context, files: { ...hostFiles, write: () => Promise.reject(new Error("ENOSPC")) } }, 60);
    expect((await hostFiles.read(context.paths.lease))?.length).toBe(first?.length);
    expect(await leaseRuns(context)).toBe(true);
  });

  test("that is cut ends now, but never later than before", async () => {
    const until = async (): Promise<string | undefined> => (await hostFiles.read(context.paths.lease))?.trim();
    await renewLease(context, 60);
    await cutLease(context, () => Promise.resolve());
    expect(await leaseRuns(context)).toBe(false);
    await renewLease(context, -100);
    const before = await until();
    await cutLease(context, () => Promise.resolve());
    expect(await until()).toBe(before);
  });

  test("that does not exist counts as run out", async () => {
    expect(await leaseRuns(context)).toBe(false);
  });
});

describe("the names of a unit's other units", () => {
  /** Characters of a unit's name. */
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
  const installed = (name: string, engine: string, unit: string): OperationContext => {
    const guard = { ...deadMan({ ...context, unit: engine, program: ["/usr/bin/qsc"] }), name };
    const [service] = guardUnits(guard);
    return {
      ...context,
      unit,
      services: {
        ...context.services,
        state: (asked) =>
          Promise.resolve({ fragment: asked === `${name}.service` ? "/units/guard" : null } as UnitState),
      },
      files: {
        ...hostFiles,
        read: (path) => Promise.resolve(path === "/units/guard" ? (service?.text ?? null) : null),
      },
    };
  };

  test("a dead-man under the name of an older version is found, and not confused with another unit's", async () => {
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine@a.service", "engine@a.service"))).toBe(
      "qsc-deadman-engine-a",
    );
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine-a.service", "engine@a.service"))).toBeNull();
    expect(await olderGuard(installed("qsc-deadman-engine-a", "engine-a.service", "engine-a.service"))).toBeNull();
    expect(await olderGuard(installed("qsc-deadman-other", "engine@a.service", "engine@a.service"))).toBeNull();
  });
});
