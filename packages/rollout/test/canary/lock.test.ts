import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, link, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileLock } from "../../src/canary/lock.js";

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
 * A user without rights: binds the abstract name that older versions took for the lock, answers a byte every 0.3 s or
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
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, ...args], { cwd: PACKAGE, stdio: ["ignore", "pipe", "ignore"], ...identity });
  children.add(child);
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => { throw new Error("it did not get the lock"); })]);
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
  test("is one's, who is told by name; it is free again when that one is killed", async () => {
    const child = await holding("qsc activate of ada on host-1");
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^qsc activate of ada on host-1 acts on engine.service now; /) as string });
    await killed(child);
    await (await ours().acquire(0))();
  });

  test("is waited for", async () => {
    const child = await holding("another");
    const [release] = await Promise.all([ours().acquire(8000), killed(child)]);
    await release();
  });

  test("is told by name of a holder that hangs", async () => {
    const child = await holding("qsc promote of ada");
    child.kill("SIGSTOP");
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^qsc promote of ada acts/) as string });
  });

  test("is no longer waited for when the signal comes", async () => {
    await holding("another");
    const end = new AbortController();
    const waiting = ours().acquire(600_000, end.signal);
    end.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
  });

  test("of many that want it at once, one has it", async () => {
    const locks = Array.from({ length: 8 }, () => ours().acquire(0).then((release) => release, () => null));
    const releases = (await Promise.all(locks)).filter((release) => release !== null);
    expect(releases).toHaveLength(1);
    for (const release of releases) await release();
  });

  test.skipIf(!isRoot)("root and the user who owns the directory exclude each other, whoever came first", async () => {
    const dropIns = join(directory.path, "drop-ins");
    await mkdir(dropIns);
    await chmod(directory.path, 0o755);
    await chown(dropIns, STRANGER_ID, STRANGER_ID);
    const root = ours(NAME, dropIns);
    // Root makes the file.
    const release = await root.acquire(0);
    await expect(started(HOLD, [dropIns, "the user"], STRANGER_ID)).rejects.toThrow("it did not get the lock");
    await release();
    const user = await started(HOLD, [dropIns, "the user"], STRANGER_ID);
    await expect(root.acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^the user acts/) as string });
    await killed(user);
    await (await root.acquire(0))();
  });
});

describe("a user who may not act", () => {
  test.skipIf(!isRoot).each([
    ["dribbles", "no"],
    ["floods", "yes"],
  ])("neither holds the lock nor delays it: one that %s", async (_, floods) => {
    await chmod(directory.path, 0o755);
    // The file is there, as it is after the first canary.
    await (await ours().acquire(0))();
    await started(STRANGER, [directory.path, `${NAME},${DEED}`, floods], STRANGER_ID);
    const release = await ours().acquire(0);
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked", message: expect.stringMatching(/^us acts/) as string });
    await release();
  });

  test("cannot open the lock's file, whatever the umask was and whatever the file allowed", async () => {
    const before = process.umask(0);
    try {
      await (await ours().acquire(0))();
      expect((await stat(file())).mode & 0o777).toBe(0o600);
      await chmod(file(), 0o666);
      await (await ours().acquire(0))();
      expect((await stat(file())).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  test("a directory that any user may write to is refused, and nothing is locked in it", async () => {
    await chmod(directory.path, 0o777);
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "lock_writable_by_all", message: expect.stringContaining(`chmod o-w ${directory.path}`) as string });
  });

  test.each<[string, (path: string, other: string) => Promise<void>, string]>([
    ["a link", (path, other) => symlink(other, path), "file_failed"],
    ["another file's second name", (path, other) => link(other, path), "lock_foreign"],
    ["a directory", async (path) => { await mkdir(path); }, "file_failed"],
  ])("%s in the lock's place is refused, and what it leads to is left as it was", async (_, plant, code) => {
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

  test("is of one directory under all its names, and of one name", async () => {
    const [real, link, other] = [join(directory.path, "real"), join(directory.path, "link"), join(directory.path, "other")];
    await mkdir(real);
    await mkdir(other);
    await symlink(real, link);
    const release = await ours(NAME, real).acquire(0);
    await expect(ours(NAME, link).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await expect(ours(NAME, join(real, "..", "real")).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await (await ours(NAME, other).acquire(0))();
    await (await ours("watches", real).acquire(0))();
    await release();
  });

  test("is of a directory that is not there yet, too", async () => {
    const missing = join(directory.path, "not", "yet");
    const release = await ours(NAME, missing).acquire(0);
    await expect(ours(NAME, missing).acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await release();
  });

  test("whose file was removed is the next one's file, and excludes the ones after it", async () => {
    const first = await ours().acquire(0);
    await rm(file());
    const second = await ours().acquire(0);
    await expect(ours().acquire(0)).rejects.toMatchObject({ code: "canary_locked" });
    await first();
    await second();
  });

  test("says no more of its holder than fits in one line", async () => {
    const release = await fileLock({ directory: directory.path, name: NAME, deed: DEED, holder: `\u001b[31m${"x".repeat(1e6)}` }).acquire(0);
    const error = await ours().acquire(0).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "canary_locked" });
    expect((error as Error).message.length).toBeLessThan(700);
    expect((error as Error).message).not.toContain("\u001b");
    await release();
  });
});
