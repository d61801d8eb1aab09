import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.js";
import { optionsOf } from "../../src/command.js";
import { SHELL_NAMES, type Shell } from "../../src/help/completion/names.js";
import { qsc } from "./support/qsc.js";

const run = promisify(execFile);
const ZSH_CAPTURE = fileURLToPath(new URL("support/zsh-capture.zsh", import.meta.url));

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  for (const shell of SHELL_NAMES) {
    const { code, out } = await qsc(["completion", shell], { cwd: directory.path });
    expect(code).toBe(0);
    await writeFile(join(directory.path, shell), out);
  }
  await mkdir(join(directory.path, "here", "a directory"), { recursive: true });
  await writeFile(join(directory.path, "here", "limits.yaml"), "");
});
afterAll(() => directory.remove());

/** What a real shell offers for the last word of a line. */
const OFFERED: Readonly<Record<Shell, (line: string) => Promise<readonly string[]>>> = {
  bash: async (line) => {
    // As bash splits a line: '=' is a word of its own.
    const words = line
      .replaceAll(/=(?=.)/g, " = ")
      .replace(/=$/, " =")
      .split(" ");
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _qsc; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shown(await inHere("bash", ["--norc", "-c", script, join(directory.path, "bash"), ...words]));
  },
  zsh: async (line) => shown(await inHere("zsh", ["-f", ZSH_CAPTURE, join(directory.path, "zsh"), line])),
  fish: async (line) =>
    shown(
      await inHere("fish", [
        "--no-config",
        "-c",
        'source $argv[1]; complete -C "$argv[2]"',
        join(directory.path, "fish"),
        line,
      ]),
    ),
};

async function inHere(shell: Shell, args: readonly string[]): Promise<string> {
  const cwd = join(directory.path, "here");
  const { stdout } = await run(shell, args, { cwd, env: { ...process.env, HOME: directory.path } });
  return stdout;
}

/** Without the descriptions behind a tab, and the slash of a directory. */
function shown(out: string): readonly string[] {
  return out
    .split(/\r?\n/)
    .map((line) => line.replace(/\t.*$/, "").replace(/\/$/, ""))
    .filter((line) => line !== "");
}

describe.each(SHELL_NAMES)("%s completes", (shell) => {
  const offered = OFFERED[shell];

  test("every command, and help", async () => {
    const words = await offered("qsc ");
    expect(words).toEqual(expect.arrayContaining([...COMMANDS.map(({ name }) => name), "help"]));
    expect(await offered("qsc help qual")).toEqual(["quality-gate"]);
  });

  test.each(COMMANDS)("every option of $name", async (command) => {
    const words = await offered(`qsc ${command.name} --`);
    expect(words.toSorted()).toEqual(
      [...Object.keys(optionsOf(command)), "help"].map((name) => `--${name}`).toSorted(),
    );
  });

  test("an option once, unless it may be repeated", async () => {
    expect(await offered("qsc monitor --stay --st")).not.toContain("--stay");
    expect(await offered("qsc feature-sanity --manifest limits.yaml --mani")).toEqual(["--manifest"]);
  });

  test("the words that an option or a command takes", async () => {
    expect((await offered("qsc monitor --rule ")).toSorted()).toEqual(["evidence", "strict"]);
    expect(await offered("qsc completion z")).toEqual(["zsh"]);
  });

  test("files and directories where a path is due, and nothing for other values", async () => {
    const files = await offered("qsc preflight --policy ");
    expect(files).toEqual(expect.arrayContaining(["limits.yaml"]));
    expect(await offered("qsc preflight --workdir ")).not.toContain("limits.yaml");
    expect(await offered("qsc activate --model ")).toEqual([]);
  });
});

test("bash completes a value behind '=', too", async () => {
  expect((await OFFERED.bash("qsc monitor --rule=")).toSorted()).toEqual(["evidence", "strict"]);
  expect(await OFFERED.bash("qsc monitor --rule=st")).toEqual(["strict"]);
});

test("completion without a shell, or for another one, is a usage error that names the shells", async () => {
  for (const words of [[], ["tcsh"]]) {
    const { code, err } = await qsc(["completion", ...words], { cwd: directory.path });
    expect(code).toBe(1);
    expect(err).toMatch(/see qsc completion --help|bash/);
  }
});
