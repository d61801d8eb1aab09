import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demoProgram } from "../src/commands/demo.js";

describe("qsc demo", () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory();
  });
  afterEach(() => home.remove());

  const program = (): string => join(home.path, "node_modules/@qsc/cli/bin/qsc.js");

  test("says what to install if there is no demo beside qsc", async () => {
    await expect(demoProgram([program()])).rejects.toMatchObject({
      code: "dependency_missing",
      exitCode: 1,
      message: expect.stringContaining("npm install -g @qsc/demo") as string,
    });
  });

  test("finds the one that is installed beside qsc, even if the first place has none", async () => {
    const demo = join(home.path, "node_modules/@qsc/demo");
    await mkdir(demo, { recursive: true });
    await writeFile(join(demo, "package.json"), '{"type": "module", "exports": "./index.js"}');
    await writeFile(join(demo, "index.js"), "export const runDemo = async () => true;\n");
    const { runDemo } = await demoProgram([join(home.path, "elsewhere/qsc.js"), program()]);
    expect(await runDemo({ qsc: [], reports: "", signal: AbortSignal.abort() })).toBe(true);
  });
});
