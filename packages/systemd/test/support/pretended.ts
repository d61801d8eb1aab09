import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { onTestFinished } from "vitest";
import { systemManager, type ServiceManager } from "../../src/index.js";

/** What a command prints, and its exit code. */
export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
}

/** A manager whose commands all give the same answer, for failures that a real one cannot be made to produce. */
export async function answering({ stdout = "", stderr = "", exit = 0 }: Answer): Promise<ServiceManager> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = (name: string): string => join(directory.path, name);
  await writeFile(path("stdout"), stdout);
  await writeFile(path("stderr"), stderr);
  await writeFile(path("answer"), `#!/bin/sh\ncat ${path("stdout")}; cat ${path("stderr")} >&2; exit ${exit}\n`);
  await chmod(path("answer"), 0o755);
  return systemManager({ prefix: [path("answer")], unitDirectory: path("units") });
}
