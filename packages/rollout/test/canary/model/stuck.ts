import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A search path on which a command that `timeout` is to end does not end, not even `timeout` itself, if its command line
 * matches: so it looks to who waits for a process in an uninterruptible sleep. What it started with stays open.
 * @param pattern of the shell's `case`
 */
export async function stuck(directory: string, pattern: string): Promise<string> {
  const programs = join(directory, "stuck");
  const usual = process.env["PATH"] ?? "";
  await mkdir(programs);
  const hangs = `echo $$ >> '${programs}/pids'; trap "" TERM; exec sleep 1000`;
  const lines = ["#!/bin/sh", `PATH='${usual}'`, `case "$*" in ${pattern}) ${hangs};; esac`, 'exec timeout "$@"', ""];
  await writeFile(join(programs, "timeout"), lines.join("\n"), { mode: 0o755 });
  return `${programs}:${usual}`;
}

/** Ends what did not end. */
export async function endStuck(directory: string): Promise<void> {
  const pids = await readFile(join(directory, "stuck", "pids"), "utf8").catch(() => "");
  for (const pid of pids.split("\n").filter((line) => line !== "")) process.kill(Number(pid), "SIGKILL");
}
