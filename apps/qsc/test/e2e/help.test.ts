import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.js";
import { flagOf, SETTING_NAMES, variableOf } from "../../src/settings/table.js";
import { qsc, type Run } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const WITH_SETTINGS = COMMANDS.filter(({ kind }) => kind !== "prints").map(({ name }) => name);

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

const run = (...args: readonly string[]): Promise<Run> => qsc(args, { cwd: directory.path });

describe("help", () => {
  test("lists every setting with its flag, its variable and its key", async () => {
    const { out } = await run("--help");
    for (const name of SETTING_NAMES)
      expect(out).toMatch(new RegExp(`^ *--${flagOf(name)} +${variableOf(name)} +${name}:$`, "m"));
  });

  test.each(WITH_SETTINGS)("of %s groups its options and has two examples", async (name) => {
    const { code, out } = await run(name, "--help");
    expect(code).toBe(0);
    const titles = [...out.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
    // A command on files or other hosts knows no unit, and telemetry only to verify a report of it.
    const ofTelemetry = { judge: [], fleet: [], verify: ["Telemetry"] }[name] ?? ["Telemetry", "Unit"];
    expect(titles).toEqual(expect.arrayContaining([...ofTelemetry, "Policy and files", "Output", "Help", "Examples"]));
    expect(titles).not.toContain("Options");
    expect(
      out.slice(out.indexOf("Examples:")).match(new RegExp(`qsc ${name}\\b|\\(qsc ${name}\\)`, "g"))?.length,
    ).toBeGreaterThanOrEqual(2);
  });

  test("is also what the word help prints", async () => {
    expect(await run("help")).toEqual(await run("--help"));
    expect(await run("help", "activate")).toEqual(await run("activate", "--help"));
    expect((await run("help")).code).toBe(0);
    expect((await run("help", "activate")).code).toBe(0);
  });

  test.each([60, 80, 132])("wraps at the terminal's width: %i columns", async (columns) => {
    for (const args of [["--help"], ["activate", "--help"]]) {
      const widths = (await onTerminal(columns, args)).split(/\r?\n/).map((line) => line.length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
      expect(Math.max(...widths)).toBeGreaterThan(columns * 0.8);
    }
  });
});

describe("a misspelt word is answered with the one that was meant", () => {
  test.each([
    [["stauts"], "there is no command 'stauts'. Did you mean status? See qsc --help."],
    [["monitr", "--help"], "there is no command 'monitr'. Did you mean monitor? See qsc --help."],
    [["help", "rolback"], "there is no command 'rolback'. Did you mean rollback? See qsc --help."],
    [["Quality-Gate"], "there is no command 'Quality-Gate'. Did you mean quality-gate? See qsc --help."],
    [["scoreboard", "--sorce", "file:x"], "Unknown argument: sorce. Did you mean --source? See qsc scoreboard --help."],
    [
      ["scoreboard", "--verify-keys=x"],
      "Unknown argument: verify-keys. Did you mean --verify-key? See qsc scoreboard --help.",
    ],
    [
      ["activate", "--model", "a", "--cutover", "b", "--dryrun"],
      "Unknown argument: dryrun. Did you mean --dry-run? See qsc activate --help.",
    ],
    [["status", "--hlep"], "Unknown argument: hlep. Did you mean --help? See qsc status --help."],
    [["frobnicate"], "there is no command 'frobnicate'; see qsc --help."],
    [["scoreboard", "--frobnicate"], "Unknown argument: frobnicate; see qsc scoreboard --help."],
  ])("%j", async (args, sentence) => {
    expect(await run(...args)).toEqual({ code: 1, out: "", err: `qsc: ${sentence}\n` });
  });
});

test("--quiet and --verbose exclude each other", async () => {
  const { code, err } = await run("scoreboard", "--quiet", "--verbose");
  expect({ code, err }).toEqual({
    code: 1,
    err: "qsc: --quiet and --verbose exclude each other; leave one of them out.\n",
  });
});

/** What a run prints on a terminal of this width. */
async function onTerminal(columns: number, args: readonly string[]): Promise<string> {
  const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
  const env = { PATH: process.env["PATH"] ?? "", TERM: "dumb" };
  const child = spawn("script", ["-qec", `stty cols ${columns}; ${command}`, "/dev/null"], { env });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  expect((await once(child, "close"))[0]).toBe(0);
  return out;
}
