import { execFile } from "node:child_process";
import { chmod, chown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  describeRequiring,
  repositoryRoot,
  requireRoot,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
} from "@qsc-tooling/testkit";
import { expect, onTestFinished, test } from "vitest";

/** As in a container that is started with `--user 54321`. */
const NAMELESS = 54_321;
const BIN = join(repositoryRoot, "apps/qsc/bin/qsc.js");

/** A directory of the nameless user, with an engine's telemetry and unit in it. */
async function place(): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const { path } = directory;
  await writeEventLog(join(path, "j.ndjson"), seededTelemetry({ count: 10, intervalMs: 1000 }).entries);
  await writeFile(join(path, "engine.service"), "[Service]\nExecStart=/bin/sleep 1000\n");
  await chmod(path, 0o755);
  for (const name of ["", "j.ndjson", "engine.service"]) await chown(join(path, name), NAMELESS, NAMELESS);
  return path;
}

async function asNameless(
  args: readonly string[],
  { cwd, home = cwd }: { readonly cwd: string; readonly home?: string | null },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: process.env["PATH"] ?? "", ...(home !== null && { HOME: home }) };
  return promisify(execFile)(process.execPath, [BIN, ...args], { cwd, env, uid: NAMELESS, gid: NAMELESS }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

describeRequiring(requireRoot(), "a user that has a number, but no name", () => {
  test.each(["status", "preflight", "audit verify", "monitor"])(
    "runs %s, and gets an answer about the engine",
    async (command) => {
      const cwd = await place();
      const settings = ["--source", "file:j.ndjson", "--services", "child:.", "--unit", "engine.service", "--json"];
      const { code, stdout, stderr } = await asNameless([...command.split(" "), ...settings], { cwd });
      expect(stderr).not.toContain("nternal error");
      expect(code).toBe(2);
      expect((JSON.parse(stdout) as { reasons: readonly string[] }).reasons.length).toBeGreaterThan(0);
    },
  );

  test("is named by the number in the audit log", async () => {
    const cwd = await place();
    const settings = ["--source", "file:j.ndjson", "--services", "child:.", "--unit", "engine.service"];
    await asNameless(["rollback", "--proof-timeout", "1s", ...settings], { cwd });
    expect(await readFile(join(cwd, "logs/qsc_canary.jsonl"), "utf8")).toContain(`"user":"uid ${NAMELESS}"`);
  });

  test("is told how to name the directory of its units, if it has no home either", async () => {
    const cwd = await place();
    const args = ["rollback", "--source", "file:j.ndjson", "--services", "user", "--unit", "engine.service"];
    const { code, stderr } = await asNameless(args, { cwd, home: null });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/user 54321 has no home directory.*HOME/) as string,
    });
  });
});
