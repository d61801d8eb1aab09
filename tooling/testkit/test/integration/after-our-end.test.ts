import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { requireRedis } from "../../src/redis/require.js";
import { describeRequiring } from "../../src/requirement.js";
import { requireSystemd } from "../../src/systemd/require.js";

const TESTKIT = import.meta.resolve("../../dist/index.js");

/** A process that has started something, and what it printed then. */
async function runner(script: string): Promise<{ readonly child: ChildProcess; readonly printed: string }> {
  const lines = [`import * as testkit from "${TESTKIT}";`, script, "setInterval(() => undefined, 1000);"];
  const child = spawn(process.execPath, ["--input-type=module", "-e", lines.join("\n")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  return { child, printed: printed.toString().trim() };
}

/** Whether something listens there. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    return await once(socket, "connect").then(
      () => true,
      () => false,
    );
  } finally {
    socket.destroy();
  }
}

describeRequiring(requireRedis(), "a test process that is killed", () => {
  test.each(["SIGKILL", "SIGTERM"] as const)("by %s leaves no Redis", async (signal) => {
    const { child, printed } = await runner("console.log((await testkit.startRedis()).port);");
    const port = Number(printed);
    expect(await isOpen(port)).toBe(true);
    child.kill(signal);
    while (await isOpen(port)) await wait(20);
  });
});

describeRequiring(requireSystemd(), "a test process that is killed", () => {
  test.each(["SIGKILL", "SIGTERM"] as const)("by %s leaves no systemd, and none of its files", async (signal) => {
    const { child, printed } = await runner("console.log((await testkit.startSystemd()).directory);");
    expect(existsSync(printed), printed).toBe(true);
    child.kill(signal);
    while (existsSync(printed)) await wait(20);
  });
});
