import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, temporaryDirectory } from "@qsc-tooling/testkit";

export interface Sentinel extends AsyncDisposable {
  readonly port: number;
  /** From now on it accepts connections but answers nothing. */
  pause(): void;
}

/** A real sentinel that watches one master. */
export async function startSentinel(name: string, masterPort: number): Promise<Sentinel> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const configuration = join(directory.path, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir "${directory.path}"`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const child = spawn("redis-server", [configuration, "--sentinel"], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  const ended = once(child, "exit");
  for await (const said of createInterface({ input: child.stdout })) {
    if (said.includes("+monitor")) break;
  }
  child.stdout.resume();
  return {
    port,
    pause: () => void child.kill("SIGSTOP"),
    [Symbol.asyncDispose]: async () => {
      kill();
      await ended;
      process.off("exit", kill);
      await directory.remove();
    },
  };
}
