import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRequiring, requireSystemd, startSystemd, type RealSystemd } from "@qsc-tooling/testkit";
import { guardUnits, systemManager, type Guard, type ServiceManager } from "../../src/index.js";
import { eventually, linesOf, serviceError } from "../support/eventually.js";

/** Allows what a narrow polkit rule would, and logs what was asked for. */
const NARROW = (log: string, prefix: readonly string[]): string => `#!/bin/sh
echo "$*" >> ${log}
case " $* " in *" enable "*|*" disable "*|*" daemon-reload "*) echo "Failed: Access denied" >&2; exit 1;; esac
exec ${prefix.join(" ")} "$@"
`;

describeRequiring(requireSystemd(), "a guard on a real systemd", () => {
  let systemd: RealSystemd;
  let root: ServiceManager;
  let narrow: ServiceManager;
  let number = 0;
  const asked = (): string => join(systemd.directory, "asked");
  const runs = (guard: Guard): string => join(systemd.directory, `${guard.name}.runs`);
  const pathOf = (name: string): string => join(systemd.unitDirectory, name);
  const timerOf = (guard: Guard): string => `${guard.name}.timer`;

  beforeAll(async () => {
    systemd = await startSystemd();
    const { prefix, unitDirectory } = systemd;
    root = systemManager({ prefix, unitDirectory });
    const wrapper = join(systemd.directory, "narrow");
    await writeFile(wrapper, NARROW(asked(), prefix));
    await chmod(wrapper, 0o755);
    narrow = systemManager({ prefix: [wrapper], unitDirectory });
  });
  afterAll(() => systemd.stop());

  function newGuard(change: Partial<Guard> = {}): Guard {
    number += 1;
    const name = `qsc-guard-${number}`;
    const command = ["/bin/sh", "-c", `echo run >> ${join(systemd.directory, `${name}.runs`)}`];
    return { name, command, everySeconds: 1, afterBootSeconds: 1, description: "a test", ...change };
  }

  async function installed(): Promise<Guard> {
    const guard = newGuard();
    for (const { name, text } of guardUnits(guard)) await writeFile(pathOf(name), text);
    await systemd.run("systemctl", "daemon-reload");
    await systemd.run("systemctl", "enable", timerOf(guard));
    return guard;
  }

  test("is absent when only installed, and a user who may just start and stop it can arm it repeatedly", async () => {
    const guard = await installed();
    const files = await Promise.all(guardUnits(guard).map(({ name }) => stat(pathOf(name))));
    for (const count of [2, 4]) {
      expect(await narrow.guardState(guard.name)).toBe("absent");
      await narrow.armGuard(guard);
      expect(await narrow.guardState(guard.name)).toBe("armed");
      await eventually(async () => (await linesOf(runs(guard))).length >= count);
      await narrow.armGuard(guard);
      await narrow.disarmGuard(guard.name);
      await narrow.disarmGuard(guard.name);
    }
    expect(await narrow.guardState(guard.name)).toBe("absent");
    const verbs = (await linesOf(asked())).map((line) => /--no-ask-password (\S+)/.exec(line)?.[1]);
    expect(new Set(verbs)).toEqual(new Set(["show", "start", "stop"]));
    const after = await Promise.all(guardUnits(guard).map(({ name }) => stat(pathOf(name))));
    expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(files.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
  });

  test("stays installed when root disarms it or arms it with another command", async () => {
    const guard = await installed();
    await root.armGuard(guard);
    await root.disarmGuard(guard.name);
    expect(await readFile(pathOf(timerOf(guard)), "utf8")).toBe(guardUnits(guard)[1]?.text);
    const other = { ...guard, command: ["/bin/sh", "-c", `echo other >> ${runs(guard)}`] };
    await root.armGuard(other);
    await eventually(async () => (await linesOf(runs(guard))).includes("other"));
    await root.disarmGuard(guard.name);
    expect(await readFile(pathOf(`${guard.name}.service`), "utf8")).toBe(guardUnits(other)[0]?.text);
    expect((await systemd.run("systemctl", "is-enabled", timerOf(guard))).stdout).toBe("enabled\n");
  });

  test("is armed if its timer started at boot, and can be disarmed", async () => {
    const guard = await installed();
    await systemd.run("systemctl", "restart", "timers.target");
    await systemd.run("systemctl", "start", timerOf(guard));
    expect(await narrow.guardState(guard.name)).toBe("armed");
    await narrow.disarmGuard(guard.name);
    expect(await narrow.guardState(guard.name)).toBe("absent");
  });

  test("is stopped even if its files may not be removed", async () => {
    const guard = newGuard();
    await root.armGuard(guard);
    await narrow.disarmGuard(guard.name);
    expect(await root.guardState(guard.name)).toBe("absent");
    expect(await readFile(pathOf(timerOf(guard)), "utf8")).toContain("when the guard was armed");
    await root.disarmGuard(guard.name);
    await expect(stat(pathOf(timerOf(guard)))).rejects.toThrow("ENOENT");
  });

  test("cannot be armed by a user who may not enable it, unless installed", async () => {
    const error = await serviceError(narrow.armGuard(newGuard()));
    expect(error).toMatchObject({ code: "service_permission", stderr: "Failed: Access denied\n", commandExit: 1 });
    expect(error.message).toContain("polkit");
  });

  test("leaves nothing behind once root has disarmed it", async () => {
    const guard = newGuard({ command: ["/bin/false"] });
    await root.armGuard(guard);
    await eventually(
      async () =>
        (await systemd.run("systemctl", "show", "-p", "Result", "--value", `${guard.name}.service`)).stdout ===
        "exit-code\n",
    );
    await root.disarmGuard(guard.name);
    const { stdout } = await systemd.run(
      "systemctl",
      "list-units",
      "--all",
      "--plain",
      "--no-legend",
      `${guard.name}.*`,
    );
    expect(stdout).toBe("");
  });

  test("is broken if it would not run, now or after a reboot, and arming it again repairs that", async () => {
    const guard = newGuard();
    await root.armGuard(guard);
    await systemd.run("systemctl", "disable", timerOf(guard));
    expect(await root.guardState(guard.name)).toEqual({
      broken: `${timerOf(guard)} is disabled: it will not survive a reboot`,
    });
    await root.armGuard(guard);
    expect(await root.guardState(guard.name)).toBe("armed");

    await systemd.run("systemctl", "stop", timerOf(guard));
    expect(await root.guardState(guard.name)).toBe("absent");
    await root.armGuard(guard);
    expect(await root.guardState(guard.name)).toBe("armed");
    await root.disarmGuard(guard.name);
  });

  test("is broken if its command is missing, and works again with another command", async () => {
    const program = join(systemd.directory, "program");
    await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
    const guard = newGuard({ command: [program] });
    await root.armGuard(guard);
    await rm(program);
    await eventually(async () => (await root.guardState(guard.name)) !== "armed");
    expect(await root.guardState(guard.name)).toEqual({
      broken: `${guard.name}.service cannot run its command (systemd's status 203)`,
    });
    await root.armGuard({ ...guard, command: newGuard().command });
    expect(await root.guardState(guard.name)).toBe("armed");
    await root.disarmGuard(guard.name);
  });

  test.each([
    ["service", "[Service]\nExecStart=\nExecStart=/bin/true\n"],
    ["timer", "[Timer]\nOnBootSec=\nOnUnitActiveSec=\nOnActiveSec=1h\n"],
  ])("is broken where a drop-in changes its %s, and cannot be armed; one of all units is none", async (kind, text) => {
    const guard = newGuard();
    await root.armGuard(guard);
    const own = pathOf(`${guard.name}.${kind}.d`);
    const all = pathOf(`${kind}.d`);
    for (const directory of [all, own]) {
      await mkdir(directory);
      await writeFile(join(directory, "changed.conf"), text);
      await systemd.run("systemctl", "daemon-reload");
      const state = await root.guardState(guard.name);
      if (directory === all) expect(state).toBe("armed");
      else
        expect(state).toEqual({
          broken: expect.stringContaining(`/${guard.name}.${kind}.d/changed.conf changes`) as string,
        });
      await rm(all, { recursive: true, force: true });
    }
    expect((await serviceError(root.armGuard(guard))).message).toMatch(
      /changed\.conf changes what it does: remove that/,
    );
    await rm(own, { recursive: true });
    await systemd.run("systemctl", "daemon-reload");
    await root.armGuard(guard);
    expect(await root.guardState(guard.name)).toBe("armed");
    await root.disarmGuard(guard.name);
  });

  test("is broken and cannot be armed if it is masked", async () => {
    const guard = newGuard();
    await symlink("/dev/null", pathOf(timerOf(guard)));
    await systemd.run("systemctl", "daemon-reload");
    expect(await root.guardState(guard.name)).toEqual({ broken: `${timerOf(guard)} is masked` });
  });

  test("finishes its run when it disarms itself", async () => {
    await mkdir(join(systemd.directory, "self"));
    const program = join(systemd.directory, "self", "disarm.mjs");
    const armed = join(systemd.directory, "self", "armed");
    await promisify(execFile)("mkfifo", [armed]);
    const module = new URL("../../dist/index.js", import.meta.url).href;
    const guard = newGuard({ command: [process.execPath, program] });
    await writeFile(
      program,
      `
      import { appendFileSync, readFileSync } from "node:fs";
      import { systemManager } from ${JSON.stringify(module)};
      // Arming looks whether it has armed the guard: until then this must not disarm it. The pipe is read once it is written.
      readFileSync(${JSON.stringify(armed)});
      await systemManager().disarmGuard(${JSON.stringify(guard.name)});
      appendFileSync(${JSON.stringify(runs(guard))}, "disarmed\\n");
    `,
    );
    await root.armGuard(guard);
    await writeFile(armed, "");
    await eventually(async () => (await linesOf(runs(guard))).length > 0);
    await eventually(async () => (await root.guardState(guard.name)) === "absent");
    expect(await linesOf(runs(guard))).toEqual(["disarmed"]);
    await expect(stat(pathOf(timerOf(guard)))).rejects.toThrow("ENOENT");
  });

  test("names the start limit and says what to do", async () => {
    await writeFile(
      pathOf("limited.service"),
      "[Unit]\nStartLimitBurst=2\n[Service]\nType=exec\nExecStart=/bin/false\n",
    );
    await root.reload();
    let message = "";
    for (let attempt = 0; attempt < 3; attempt += 1)
      message = (await serviceError(root.start("limited.service", 5_000))).message;
    expect(message).toContain("It was started too often in a short time: reset-failed first.");
    await root.resetFailed("limited.service");
    expect((await serviceError(root.start("limited.service", 5_000))).message).not.toContain("too often");
  });
});
