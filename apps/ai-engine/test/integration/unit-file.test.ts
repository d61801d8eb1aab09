import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describeRequiring, requireCommands, temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";

const UNIT = fileURLToPath(new URL("../../systemd/quantum-ai-engine.service", import.meta.url));

describeRequiring(requireCommands("systemd-analyze"), "the unit file, as systemd sees it", (analyze) => {
  test("its exposure is at most 3.0", async () => {
    const args = ["security", "--offline=true", "--threshold=30", "--no-pager", UNIT];
    const { stdout } = await promisify(execFile)(analyze, args);
    expect(stdout).toContain("Overall exposure level for quantum-ai-engine.service");
  });

  test("the same test refuses the unit without its hardening", async () => {
    await using directory = await temporaryDirectory();
    const bare = join(directory.path, "bare.service");
    const lines = (await readFile(UNIT, "utf8")).split("\n");
    await writeFile(
      bare,
      lines
        .filter((line) => !/^(?:Protect|Private|Restrict|Capability|SystemCall|NoNew|DynamicUser|IPAddress)/.test(line))
        .join("\n"),
    );
    await expect(
      promisify(execFile)(analyze, ["security", "--offline=true", "--threshold=30", "--no-pager", bare]),
    ).rejects.toMatchObject({ code: 1 });
  });

  test("every line of it is understood", async () => {
    await using directory = await temporaryDirectory();
    const unit = join(directory.path, "quantum-ai-engine.service");
    await copyFile(UNIT, unit);
    const { stderr } = await promisify(execFile)(analyze, ["verify", "--man=no", unit]).catch(
      (error: unknown) => error as { stderr: string },
    );
    expect(stderr.split("\n").filter((line) => /Unknown|Failed to parse|Invalid/.test(line))).toEqual([]);
  });
});
