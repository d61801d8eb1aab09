import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { csvOf, fraudRows, repositoryRoot, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const ACTION = join(repositoryRoot, "action");
const APPROVED = ["--label", "decision", "--score", "p", "--reference", "approved.csv"];

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  put("approved.csv", csvOf(fraudRows(1500, { seed: 1 })));
  put("today.csv", csvOf(fraudRows(600, { seed: 2 })));
  put("collapsed.csv", csvOf(fraudRows(600, { seed: 3, denied: 0 })));
  mkdirSync(join(directory.path, "bin"));
  symlinkSync(join(repositoryRoot, "apps/qsc/bin/qsc.js"), join(directory.path, "bin/qsc"));
});
afterAll(() => directory.remove());
beforeEach(() => {
  for (const file of ["summary", "output"]) rmSync(join(directory.path, file), { force: true });
});

function put(name: string, content: string): void {
  writeFileSync(join(directory.path, name), content);
}

/** Runs the step of the action as GitHub does: its inputs and files are in the environment. */
function act(
  args: readonly string[],
  bin = "bin",
): { code: number | null; out: string; summary: string; output: string } {
  const { status, stdout } = spawnSync(process.execPath, [join(ACTION, "run.js")], {
    cwd: directory.path,
    encoding: "utf8",
    env: {
      PATH: `${join(directory.path, bin)}${delimiter}${process.env["PATH"] ?? ""}`,
      ACTION_ARGS: `${args.join("\n")}\n`,
      RUNNER_TEMP: directory.path,
      GITHUB_STEP_SUMMARY: join(directory.path, "summary"),
      GITHUB_OUTPUT: join(directory.path, "output"),
    },
  });
  const written = (name: string): string => {
    const path = join(directory.path, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  return { code: status, out: stdout, summary: written("summary"), output: written("output") };
}

/** A program in place of qsc, that prints this and ends so. */
function fake(name: string, printed: string, end: string): string {
  mkdirSync(join(directory.path, name), { recursive: true });
  const path = join(directory.path, name, "qsc");
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${printed}\nEND\n${end}\n`, { mode: 0o755 });
  return name;
}

describe("the action", () => {
  test("a pass ends with 0; its report is the summary", () => {
    const { code, out, summary, output } = act(["judge", "today.csv", ...APPROVED]);
    expect(code).toBe(0);
    expect(out).toContain("::notice title=qsc%3A pass::judge proved a pass\n");
    expect(summary).toMatch(/^# .*\n/);
    expect(summary).toContain("pass");
    expect(output).toMatch(/^verdict=pass\nexit-code=0\ndocument=\/.*\n$/);
    const [, path = ""] = /document=(.*)\n/.exec(output) ?? [];
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ kind: "judge", verdict: "pass" });
  });

  test("a failure ends with 2; each reason is an annotation", () => {
    const { code, out, summary, output } = act(["judge", "collapsed.csv", ...APPROVED]);
    expect(code).toBe(2);
    expect(out).toMatch(/^::error title=qsc%3A action_bias::action_bias: share of approve is 100 %25 of 600/m);
    expect(summary).toContain("action_collapse");
    expect(output).toContain("verdict=fail\nexit-code=2\n");
  });

  test("an error ends with its code, and says what it is", () => {
    const { code, out, summary, output } = act(["judge", "nowhere.csv", ...APPROVED]);
    expect(code).toBe(2);
    expect(out).toMatch(/^::error title=qsc%3A unknown::source_missing: nowhere\.csv does not exist/m);
    expect(summary).toContain("nowhere.csv does not exist");
    expect(output).toContain("verdict=unknown\nexit-code=2\n");
  });

  test("only commands that judge are run", () => {
    for (const args of [["rollback"], ["activate", "--model", "a"], [], ["--help"]]) {
      const { code, out, output } = act(args);
      expect([code, output]).toEqual([1, ""]);
      expect(out).toContain("is not a command of this action");
    }
  });

  test.each([
    ["no document", "", "exit 0", 1, "unknown"],
    ["half a document", '{"verdict":"pass","exitCode":0', "exit 0", 1, "unknown"],
    ["a document that is no pass", '{"verdict":"fail","exitCode":2,"reasons":["a"]}', "exit 0", 1, "fail"],
    ["a pass in words alone", '{"verdict":"pass","exitCode":2}', "exit 0", 1, "pass"],
    ["a pass that ended otherwise", '{"verdict":"pass","exitCode":0}', "exit 3", 3, "pass"],
    ["a process that was killed", '{"verdict":"pass","exitCode":0}', "kill -9 $$", 1, "pass"],
    ["a verdict of its own", '{"verdict":"good\\nverdict=pass","exitCode":0}', "exit 0", 1, "unknown"],
  ])("%s is no success", (name, printed, end, code, verdict) => {
    const answered = act(["judge", "today.csv"], fake(name.replaceAll(" ", "-"), printed, end));
    expect([answered.code, answered.output.split("\n")[0]]).toEqual([code, `verdict=${verdict}`]);
    expect(answered.out).toContain("::error title=");
  });

  test("names in reasons and in what qsc says are no commands to the runner", () => {
    const reason = "x\n::error::forged\r\n::set-output name=a::b % 100";
    const document = JSON.stringify({ verdict: "fail", exitCode: 2, reasons: [reason], codes: ["a:b,c\n::"] });
    const { out } = act(["judge", "x"], fake("forger", document, "echo '::error::from stderr' >&2; exit 2"));
    const said = out.split("\n");
    const [stop = "", ...rest] = said;
    const token = stop.replace("::stop-commands::", "");
    const commands = rest.slice(rest.indexOf(`::${token}::`) + 1).filter((line) => line.startsWith("::"));
    expect(commands).toEqual([
      "::error title=qsc%3A a%3Ab%2Cc%0A%3A%3A::x%0A::error::forged%0D%0A::set-output name=a::b %25 100",
    ]);
    expect(rest[0]).toBe("::error::from stderr");
  });

  test("action.yml runs this program, and puts no input into a script", () => {
    interface Action {
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly runs: {
        readonly using: string;
        readonly steps: readonly { readonly run: string; readonly env: object }[];
      };
    }
    const { inputs, runs } = parse(readFileSync(join(ACTION, "action.yml"), "utf8")) as Action;
    expect([runs.using, Object.keys(inputs)]).toEqual(["composite", ["args", "version"]]);
    expect(runs.steps.at(-1)).toMatchObject({
      run: 'node "$GITHUB_ACTION_PATH/run.js"',
      env: { ACTION_ARGS: "${{ inputs.args }}" },
    });
    for (const { run } of runs.steps) expect(run).not.toContain("${{");
  });
});
