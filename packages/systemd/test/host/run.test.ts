import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../../src/host/run.js";

/** Longer than any test waits: what it holds up, it holds up for good. */
const LONG = "sleep 3000";

function isZombie(pidFile: string): boolean {
  const pid = existsSync(pidFile) ? readFileSync(pidFile, "utf8").trim() : "";
  return pid !== "" && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** Ends a process that a command has left, by the number that it printed. */
function ends(pid: string): void {
  onTestFinished(() => {
    process.kill(Number(pid), "SIGKILL");
  });
}

describe("a command is not waited for longer than its time", () => {
  test("one that ends, and leaves a process that holds its outputs", async () => {
    const { stdout, ...outcome } = await run(["sh", "-c", `echo answer; ${LONG} & echo $!`], { timeoutMs: 600_000 });
    const [answer, pid = ""] = stdout.trim().split("\n");
    ends(pid);
    expect({ ...outcome, answer }).toMatchObject({ ended: "by-itself", exitCode: 0, answer: "answer" });
  });

  test("one that fails, and leaves such a process", async () => {
    const { stdout, ...outcome } = await run(["sh", "-c", `${LONG} & echo $!; exit 3`], { timeoutMs: 600_000 });
    ends(stdout.trim());
    expect(outcome).toMatchObject({ ended: "by-itself", exitCode: 3 });
  });

  test("one that has ended while this process was frozen has answered", async () => {
    await using where = await temporaryDirectory();
    const file = join(where.path, "pid");
    const begun = performance.now();
    const running = run(["sh", "-c", 'echo answer; echo $$ > "$0"', file], { timeoutMs: 200 });
    // Nothing of this process runs until the command is a zombie and its time is over.
    while (!isZombie(file) || performance.now() - begun < 400);
    expect(await running).toMatchObject({ ended: "by-itself", exitCode: 0, stdout: "answer\n" });
  });

  test("one that ends soon after this process was frozen has its time once more", async () => {
    await using where = await temporaryDirectory();
    const [pid, done] = [join(where.path, "pid"), join(where.path, "done")];
    const command = 'echo $$ > "$0"; while [ ! -e "$1" ]; do sleep 0.05; done; echo answer';
    const begun = performance.now();
    const running = run(["sh", "-c", command, pid, done], { timeoutMs: 3_000 });
    while (!existsSync(pid) || performance.now() - begun < 4_100);
    writeFileSync(done, "");
    expect(await running).toMatchObject({ ended: "by-itself", exitCode: 0, stdout: "answer\n" });
  });

  test("one that ignores SIGTERM, and waits for a process of its own", async () => {
    const { stdout, ...outcome } = await run(["sh", "-c", `trap "" TERM; ${LONG} & echo $!; wait; wait`], {
      timeoutMs: 300,
    });
    ends(stdout.trim());
    expect(outcome).toMatchObject({ ended: "timeout", exitCode: null });
  });

  test("one that ends well because it was asked to has not answered in time", async () => {
    const outcome = await run(["sh", "-c", `trap 'kill $child; exit 0' TERM; ${LONG} & child=$!; wait`], {
      timeoutMs: 300,
    });
    expect(outcome).toMatchObject({ ended: "timeout", exitCode: null });
  });
});

describe("a command that prints without end is killed", () => {
  test.each([
    ["to its standard output", "exec cat /dev/zero"],
    ["to its standard error", "exec cat /dev/zero >&2"],
    ["and would end well on the way", "head -c 30000000 /dev/zero; exit 0"],
  ])("%s", async (_, script) => {
    const { ended, exitCode, stdout, stderr } = await run(["sh", "-c", script], { timeoutMs: 600_000 });
    expect([ended, exitCode]).toEqual(["flood", null]);
    expect(Math.max(stdout.length, stderr.length)).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  test("not before: what it may print is read whole", async () => {
    const options = { timeoutMs: 600_000, mostBytes: 1000 };
    expect(await run(["sh", "-c", "head -c 1000 /dev/zero"], options)).toMatchObject({
      ended: "by-itself",
      exitCode: 0,
      stdout: "\0".repeat(1000),
    });
    expect(await run(["sh", "-c", "head -c 1001 /dev/zero"], options)).toMatchObject({ ended: "flood" });
  });
});

test("what a command is given to read, it reads", async () => {
  expect(await run(["cat"], { timeoutMs: 600_000, input: "a\nb" })).toMatchObject({ exitCode: 0, stdout: "a\nb" });
  expect(await run(["true"], { timeoutMs: 600_000, input: "x".repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
});

test("a command that the system cannot start has ended, and says why", async () => {
  const tooLong = "x".repeat(4_000_000);
  expect(await run(["true", tooLong], { timeoutMs: 600_000 })).toMatchObject({
    ended: "not-found",
    exitCode: null,
    stderr: expect.stringContaining("E2BIG") as string,
  });
  expect(await run(["/no/such/program"], { timeoutMs: 600_000 })).toMatchObject({ ended: "not-found", stderr: "" });
});
