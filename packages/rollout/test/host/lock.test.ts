import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, link, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileLock } from "../../src/host/lock.js";

const NAME = "acts";
const DEED = "acts on engine.service";
const PACKAGE = join(import.meta.dirname, "../..");
const HOLD = `
  import { fileLock } from "@qsc/rollout";
  const [directory, holder] = process.argv.slice(1);
  await fileLock({ directory, name: ${JSON.stringify(NAME)}, deed: "", holder }).acquire(0);
  process.stdout.write("held");
  setInterval(() => undefined, 1000);
`;
/**
 * A user without rights, who binds the abstract name that older versions used as the lock, answers one byte every 0.3 s
 * without end, and locks every file of the directory that it can open.
 */
const STRANGER = `
  import { createHash } from "node:crypto";
  import { readdirSync, openSync, statSync } from "node:fs";
  import { spawnSync } from "node:child_process";
  import { createServer } from "node:net";
  import { join } from "node:path";
  const [directory, names, floods] = process.argv.slice(1);
  const { dev, ino } = statSync(directory, { bigint: true });
  const answer = (asking) => {
    asking.on("error", () => undefined);
    if (floods === "yes") { const more = () => { while (asking.write("x".repeat(65536))); asking.once("drain", more); }; more(); }
    else { const timer = setInterval(() => asking.write("x"), 300); asking.on("close", () => clearInterval(timer)); }
  };
  for (const name of names.split(",")) {
    const hash = createHash("sha256").update(dev + ":" + ino + "\\0" + name).digest("hex");
    await new Promise((resolve) => createServer(answer).listen("\\0qsc-" + hash, resolve));
  }
  for (const file of [".", ...readdirSync(directory)]) {
    try { spawnSync("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", openSync(join(directory, file))] }); } catch {}
  }
  process.stdout.write("held");
  setInterval(() => undefined, 1000);
`;
const STRANGER_ID = 65_534;
const isRoot = process.getuid?.() === 0;

let directory: TemporaryDirectory;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const child of children) await killed(child);
  await directory.remove();
});

/** Another process, once it has what it wants. */
async function started(script: string, args: readonly string[], uid?: number): Promise<ChildProcess> {
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, ...args], {
    cwd: PACKAGE,
    stdio: ["ignore", "pipe", "ignore"],
    ...identity,
  });
  children.add(child);
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => {
      throw new Error("it did not get the lock");
    }),
  ]);
  return child;
}

const holding = (holder: string, uid?: number): Promise<ChildProcess> => started(HOLD, [directory.path, holder], uid);

async function killed(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

const ours = (name = NAME, path = directory.path) => fileLock({ directory: path, name, deed: DEED, holder: "us" });
const file = (name = NAME): string => join(directory.path, `.qsc-${name}.lock`);

describe("the lock of two processes", () => {
  test("is held by one, whom the other is told by name, and is free again when that one is killed", async () => {
    const child = await holding("qsc activate of ada on host-1");
    await expect(ours().acquire(0)).rejects.toMatchObject({
      code: "canary_locked",
      message: expect.stringMatching(/^qsc activate of ada on host-1 acts on engine.service now; /) as string,
    });
    await killed(child);
    await (
      await ours().acquire(0)
    )();
  });

  test("is waited for", async () => {
    const child = await holding("another");
    const [release] = await Promise.all([ours().acquire(8000), killed(child)]);
    await release();
  });

  test("names a holder that hangs", async () => {
    const child = await holding("qsc promote of ada");
    child.kill("SIGSTOP");
    await expect(ours().acquire(0)).rejects.toMatchObject({
      code: "canary_locked",
      message: expect.stringMatching(/^qsc promote of ada acts/) as string,
    });
  });

  test("is no longer waited for once the signal is aborted", async () => {
    await holding("another");
    const end = new AbortController();
    const waiting = ours().acquire(600_000, end.signal);
    end.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
  });

  // Ctrl-C and `systemctl stop` signal every process of a command, not only the one that waits for the lock.
  describe("whose flock is ended by a signal", () => {
    let path: string | undefined;
    beforeEach(() => {
      path = process.env["PATH"];
    });
    afterEach(() => {
      process.env["PATH"] = path;
    });

    /** A flock that is ended this often before it does its work. */
    async function interrupted(times: number): Promise<void> {
      const bin = join(directory.path, "bin");
      const calls = join(directory.path, "calls");
      await mkdir(bin);
      const lines = [
        "#!/bin/sh",
        `echo >> '${calls}'`,
        `[ "$(wc -l < '${calls}')" -gt ${times} ] || kill -TERM $$`,
        `PATH='${path ?? ""}' exec flock "$@"`,
      ];
      await writeFile(join(bin, "flock"), `${lines.join("\n")}\n`, { mode: 0o755 });
      process.env["PATH"] = `${bin}:${path ?? ""}`;
    }

    test("is asked for once more", async () => {
      await interrupted(1);
      await (
        await ours().acquire(0)
      )();
    });

    test("cannot be taken if that happens again, and nothing holds it then", async () => {
      await interrupted(2);
      await expect(ours().acquire(0)).rejects.toMatchObject({
        code: "file_failed",
        message: expect.stringContaining("it was ended by SIGTERM") as string,
      });
      await (
        await ours().acquire(0)
      )();
    });
  });

  test("is held by one of many that want it at once", async () => {
    const locks = Array.from({ length: 8 }, () =>
      ours()
        .acquire(0)
        .then(
          (release) => release,
          () => null,
        ),
    );
    const releases = (await Promise.all(locks)).filter((release) => release !== null);
    expect(releases).toHaveLength(1);
    for (const release of releases) await release();
  });

  test.skipIf(!isRoot)("root and the user who owns the directory exclude each other, in either order", async () => {
    const dropIns = join(directory.path, "drop-ins");
    await mkdir(dropIns);
    await chmod(directory.path, 0o755);
    await chown(dropIns, STRANGER_ID, STRANGER_ID);
    const root = ours(NAME, dropIns);
    // Root creates the file.
    const release = await root.acquire(0);
    await expect(started(HOLD, [dropIns, "the user"], STRANGER_ID)).rejects.toThrow("it did not get the lock");
    await release();
    const user = await started(HOLD, [dropIns, "the user"], STRANGER_ID);
    await expect(root.acquire(0)).rejects.toMatchObject({
      code: "canary_locked",
      message: expect.stringMatching(/^the user acts/) as string,
    });
    await killed(user);
    await (
      await root.acquire(0)
    )();
  });
});

describe("a user who may not act", () => {
  test.skipIf(!isRoot).each([
    ["dribbles", "no"],
    ["floods", "yes"],
  ])("can neither hold the lock nor delay it: one that %s", async (_, floods) => {
    await chmod(directory.path, 0o755);
    // The file exists, as it does after the first canary.
    await (
      await ours().acquire(0)
    )();
    await started(STRANGER, [directory.path, `${NAME},${DEED}`, floods], STRANGER_ID);
    const release = await ours().acquire(0);
    await expect(ours().acquire(0)).rejects.toMatchObject({
      code: "canary_locked",
      message: expect.stringMatching(/^us acts/) as string,
    });
    await release();
  });

  test("cannot open the lock's file, whatever the umask and the file's mode were", async () => {
    const before = process.umask(0);
    try {
      await (
        await ours().acquire(0)
      )();
      expect((await stat(file())).mode & 0o777).toBe(0o600);
      await chmod(file(), 0o666);
      await (
        await ours().acquire(0)
      )();
      expect((await stat(file())).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  test("a directory that any user may write to is refused, and nothing is locked in it", async () => {
    await chmod(directory.path, 0o777);
    await expect(ours().acquire(0)).rejects.toMatchObject({
      code: "lock_writable_by_all",
      message: expect.stringContaining(`chmod o-w ${directory.path}`) as string,
    });
  });

  test.each<[string, (path: string, other: string) => Promise<void>, string]>([
    ["a link", (path, other) => symlink(other, path), "file_failed"],
    ["another file's second name", (path, other) => link(other, path), "lock_foreign"],
    [
      "a directory",
      async (path) => {
        await mkdir(path);
      },
      "file_failed",
    ],
  ])("%s in the lock's place is refused, and its target is left as it was", async (_, plant, code) => {
    const other = join(directory.path, "other");
    await writeFile(other, "precious", { mode: 0o644 });
    await plant(file(), other);
    await expect(ours().acquire(0)).rejects.toMatchObject({ code });
    expect(await readFile(other, "utf8")).toBe("precious");
    expect((await stat(other)).mode & 0o777).toBe(0o644);
  });
});

describe("a lock", () => {
  test("is free once it is released", async () => {
    for (let time = 0; time < 3; time += 1) await (await ours().acquire(0))();
  });

  test("belongs to one directory under all its paths, and to one name", async () => {
    const [real, link, other] = [
      join(directory.path, "real"),
      join(directory.path, "link"),
      join(directory.path, "other"),
    ];
    await mkdir(real);
    await mkdir(other);
    await symlink(real, link);
    const release = await ours(NAME, real).acquire(0);
    await expect(ours(NAME, link).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await expect(ours(NAME, join(real, "..", "real")).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await (
      await ours(NAME, other).acquire(0)
    )();
    await (
      await ours("watches", real).acquire(0)
    )();
    await release();
  });

  test("makes a directory that no other user may write to, whatever the umask is", async () => {
    const path = join(directory.path, "above", "drop-ins");
    const before = process.umask(0);
    try {
      await (
        await ours(NAME, path).acquire(0)
      )();
    } finally {
      process.umask(before);
    }
    for (const made of [path, join(directory.path, "above")])
      expect(((await stat(made)).mode & 0o777).toString(8), made).toBe("755");
  });

  test("creates its directory if it is missing", async () => {
    const missing = join(directory.path, "not", "yet");
    const release = await ours(NAME, missing).acquire(0);
    await expect(ours(NAME, missing).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await release();
  });

  test("whose file was removed gets a new file, and excludes those that come later", async () => {
    const first = await ours().acquire(0);
    await rm(file());
    const second = await ours().acquire(0);
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await first();
    await second();
  });

  test("keeps the name of its holder to one line", async () => {
    const release = await fileLock({
      directory: directory.path,
      name: NAME,
      deed: DEED,
      holder: `\u001b[31m${"x".repeat(1e6)}`,
    }).acquire(0);
    const error = await ours()
      .acquire(0)
      .catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "canary_locked" });
    expect((error as Error).message.length).toBeLessThan(700);
    expect((error as Error).message).not.toContain("\u001b");
    await release();
  });
});
