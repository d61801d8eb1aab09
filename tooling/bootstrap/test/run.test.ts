import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import { run } from "../run.js";

describe("run", () => {
  it("keeps output and exit code", async () => {
    const script = "console.log('out'); console.error('err'); process.exit(3)";
    const { code, output } = await run("node", ["-e", script], { output: "quiet" });
    expect(code).toBe(3);
    expect(output.split("\n").sort()).toEqual(["", "err", "out"]);
  });

  it("fails for a command that does not exist, like a shell", async () => {
    const { code, output } = await run("no-such-command", [], { output: "quiet" });
    expect(code).toBe(127);
    expect(output).toContain("no-such-command");
  });

  it("gives the ID of its own process group, as a whole of which it can be ended, and keeps what it had said", async () => {
    const grandchild = "console.log('up'); process.kill(-process.ppid, 'SIGKILL')";
    const child = `require("child_process").spawn("node", ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" });`;
    let group: number | undefined;
    const ended = await run("node", ["-e", child], { output: "quiet", ownGroup: (id) => (group = id) });
    expect(ended).toEqual({ code: 128 + 9, output: "up\n" });
    expect(group).toBeGreaterThan(0);
  });

  it("passes a signal on and ends by it", async () => {
    const runModule = new URL("../run.js", import.meta.url).href;
    const grandchild =
      "process.on('SIGTERM', () => { console.log('told'); process.exit(0) }); console.log('up'); setInterval(() => {}, 1000)";
    const script = `import { run } from ${JSON.stringify(runModule)};
      await run("node", ["-e", ${JSON.stringify(grandchild)}], { output: "shown" });
      console.log("not reached");`;
    const child = spawn("node", ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const said: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.push(text);
      if (text.includes("up")) child.kill("SIGTERM");
    });
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    expect([code, signal]).toEqual([null, "SIGTERM"]);
    expect(said.join("")).toBe("up\ntold\n");
  });
});
