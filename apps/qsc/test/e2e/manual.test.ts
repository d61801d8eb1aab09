import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.js";
import { flagOf, SETTING_NAMES, variableOf } from "../../src/settings/table.js";

const run = promisify(execFile);
const PAGE = fileURLToPath(new URL("../../man/qsc.1", import.meta.url));

test("the package names the manual page, and mandoc finds nothing wrong in it but that it has no date", async () => {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  expect(JSON.parse(manifest)).toMatchObject({ man: ["./man/qsc.1"] });
  // mandoc's code is that of its worst finding: 2 for a warning.
  const lint = run("mandoc", ["-T", "lint", "-W", "warning", PAGE]);
  await expect(lint).rejects.toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/^[^\n]*missing date[^\n]*\n$/) as string,
  });
});

test("the manual page has every command with its examples, and every setting with its three names", async () => {
  const { stdout } = await run("mandoc", ["-T", "utf8", "-O", "width=400", PAGE]);
  // Bold is a character, a backspace, and the character once more.
  const text = stdout.replaceAll(/.\u0008/g, "");
  for (const { name, summary, examples } of COMMANDS) {
    expect(text).toMatch(new RegExp(`^ +${name}( |$)`, "m"));
    expect(text).toContain(summary);
    for (const [line] of examples) expect(text).toContain(line.replaceAll("$0", "qsc"));
  }
  for (const name of SETTING_NAMES) expect(text).toContain(`--${flagOf(name)}, ${variableOf(name)}, ${name}:`);
});
