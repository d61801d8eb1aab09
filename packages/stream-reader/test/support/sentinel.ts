import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { freePort, temporaryDirectory } from "@qsc-tooling/testkit";

/** A real sentinel that watches one master; its port. It ends with the test. */
export async function startSentinel(name: string, masterPort: number, password: string): Promise<number> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const configuration = join(directory.path, "sentinel.conf");
  await writeFile(
    configuration,
    `port ${port}\nbind 127.0.0.1\ndir "${directory.path}"\nsentinel monitor ${name} 127.0.0.1 ${masterPort} 1\nsentinel auth-pass ${name} ${password}\n`,
  );
  const child = spawn("redis-server", [configuration, "--sentinel"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await directory.remove();
  });
  for await (const said of createInterface({ input: child.stdout })) {
    if (said.includes("Sentinel ID is") || said.includes("+monitor")) break;
  }
  child.stdout.resume();
  return port;
}
