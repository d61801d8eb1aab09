import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  describeRequiring,
  requireSmallDisk,
  seededTelemetry,
  smallDisk,
  temporaryDirectory,
  writeEventLog,
} from "@qsc-tooling/testkit";
import { expect, test } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));

describeRequiring(await requireSmallDisk(), "stdout is a file on a disk that fills up", () => {
  test.each([
    ["takes a part of a document", 40_000],
    ["takes none of it", 64 * 1024],
  ])("a pass exits with 1 if the disk %s", async (_, used) => {
    await using directory = await temporaryDirectory();
    await using disk = await smallDisk();
    await writeEventLog(`${directory.path}/healthy.ndjson`, seededTelemetry({ count: 300, intervalMs: 1000 }).entries);
    await writeFile(`${disk.path}/ballast`, "x".repeat(used));
    const gate = `'${process.execPath}' '${BIN}' quality-gate --mode canary --source file:healthy.ndjson --json`;
    const child = spawn("sh", ["-c", `${gate} > '${disk.path}/gate.json'`], { cwd: directory.path });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const written = await readFile(`${disk.path}/gate.json`, "utf8");
    expect(() => JSON.parse(written) as unknown).toThrow(SyntaxError);
    expect(code).toBe(1);
    expect(err).toMatch(/^qsc: The result could not be written: ENOSPC/m);
  });
});
