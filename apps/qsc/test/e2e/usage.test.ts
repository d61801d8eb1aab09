import { realpathSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  healthyModels,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { GateDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document, qsc, type Run } from "./support/qsc.js";

const COMMANDS = ["feature-sanity", "quality-gate", "scoreboard", "diagnose"];
const SOURCE = ["--source", "file:healthy.ndjson"];
const GATE = ["quality-gate", "--mode", "canary", ...SOURCE];
const ACTIVATE = [
  "activate",
  "--model",
  "patchtst",
  "--cutover",
  "2026-01-05T09:00:00Z",
  "--unit",
  "engine.service",
  ...SOURCE,
];
const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));

let directory: TemporaryDirectory;
const run = (args: readonly string[], env?: Record<string, string>) =>
  qsc(args, { cwd: directory.path, ...(env === undefined ? {} : { env }) });

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeEventLog(`${directory.path}/healthy.ndjson`, seededTelemetry({ count: 300, intervalMs: 1000 }).entries);
});
afterAll(() => directory.remove());

/** What a run says about its settings if there is no config file. */
const noConfig = (): string =>
  `config  none: no qsc.config.yaml in ${realpathSync(directory.path)} or /etc/qsc, so flags, variables and defaults\n`;

/** Exit 1 and one sentence on stderr. */
function expectUsage({ code, out, err }: Run, words: string): void {
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^qsc: [^\n]+\.\n$/);
  expect(err).toContain(words);
}

describe("help", () => {
  test("--version is the package's", async () => {
    const { version } = JSON.parse(
      await readFile(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"),
    ) as { version: string };
    for (const flag of ["--version", "-V"])
      expect(await run([flag])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  test("--help names every command, the settings and the exit codes", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const words of [...COMMANDS, "QSC_SOURCE", "2 refused", "Examples:"]) expect(out).toContain(words);
  });

  test.each(COMMANDS)("%s --help has its options and examples", async (command) => {
    const { code, out } = await run([command, "--help"]);
    expect(code).toBe(0);
    for (const words of [
      "--source",
      "--stream",
      "--policy",
      "--workdir",
      "--json",
      "--quiet",
      "--after",
      "Examples:",
      `qsc ${command}`,
    ]) {
      expect(out).toContain(words);
    }
  });

  test.each([[[...GATE, "--help"]], [[...GATE, "help"]], [[...GATE, "--model", "-h"]]])(
    "help among other options does not exit with 0, which would look like a pass: %j",
    async (args) => {
      expect((await run(args)).code).toBe(1);
    },
  );
});

describe("a wrong command line is one sentence that says what to do, and exit 1", () => {
  test.each([
    [[], "name a command: preflight, deploy"],
    [["judge"], "judge"],
    [["scoreboard", "--nope"], "nope; see qsc scoreboard --help"],
    [["scoreboard", "extra"], "extra"],
    [["quality-gate", ...SOURCE], "--mode"],
    [["quality-gate", "--mode", "fast", ...SOURCE], "collection"],
    [["quality-gate", "--mode", "canary", "--mode", "collection", ...SOURCE], "mode"],
    [[...GATE, "--after", "yesterday"], "--after 'yesterday' is not a time; write ISO 8601"],
    [[...GATE, "--after", "2026-01-11T08:30:00"], "with its zone"],
    [[...GATE, "--after", "2026-02-30T08:30:00Z"], "is not a time"],
    [[...GATE, "--as-of", "now"], "--as-of 'now' is not a time"],
    [[...GATE, "--count", "0"], "--count '0' is not a count"],
    [[...GATE, "--count", "1e3"], "--count '1e3'"],
    [[...GATE, "--count", "-5"], "--count '-5'"],
    [
      [...GATE, "--count", "9007199254740993"],
      "--count '9007199254740993' is not a count; write a whole number from 1 to 9007199254740991, such as 2000.",
    ],
    [[...GATE, "--model", ""], "--model is empty"],
    [[...GATE, "--after", ""], "--after is empty"],
    [["scoreboard", "--source", "ftp://host"], "ftp://host"],
    [["scoreboard", ...SOURCE, "--policy", "none.yaml"], "none.yaml"],
    [["scoreboard", ...SOURCE, "--config", "none.yaml"], "none.yaml"],
    [["feature-sanity", ...SOURCE, "--manifest", "none.json"], "none.json"],
    [
      ["deploy", "--commit", "main", "--unit", "engine.service", ...SOURCE],
      "--commit 'main' is not the SHA of a commit; write at least 7 digits of it",
    ],
    [
      ["deploy", "--commit", "d13e87", "--unit", "engine.service", ...SOURCE],
      "--commit 'd13e87' is not the SHA of a commit",
    ],
    [[...GATE, "--shadow"], "--shadow needs --model: name the shadow to judge."],
    [["diagnose", ...SOURCE, "--shadow"], "--shadow needs --model: name the shadow to judge."],
    [["scoreboard", ...SOURCE, "--shadow"], "--shadow"],
    [["scoreboard", ...SOURCE, "--shadow", ""], "--shadow is empty"],
    [[...GATE, "--model", "xgboost", "--against", "nhits"], "--against nhits needs --shadow"],
    [[...GATE, "--model", "nhits", "--shadow", "--against", "nhits"], "--against names the shadow itself, nhits"],
    [[...GATE, "--wait", "--as-of", "2026-01-05T09:00:00Z"], "exclude each other"],
    [[...GATE, "--", "--model", "patchtst"], "'--' ends the options"],
    [["scoreboard", ...SOURCE, "--"], "'--' ends the options"],
    [["--", ...GATE], "'--' ends the options"],
    [["quality-gate", "-V"], "-V must be the only argument: qsc -V"],
    [["scoreboard", "--version"], "--version must be the only argument: qsc --version"],
    [[...GATE, "-V"], "-V must be the only argument: qsc -V"],
    [[...GATE, "--version"], "--version must be the only argument: qsc --version"],
    [["audit", "verify", "-V"], "-V must be the only argument: qsc -V"],
    [[...GATE, "-V=1"], "-V=1 must be the only argument"],
    // What the parser would take for another option, so that the option itself would not be given.
    [[...GATE, "--model.name=patchtst"], "model.name"],
    [[...GATE, "--model.name", "patchtst"], "model.name"],
    [[...GATE, "--policy.file=none.yaml"], "policy.file"],
    [["scoreboard", ...SOURCE, "--after.x=2026-01-05T09:00:00Z"], "after.x"],
    [[...ACTIVATE, "--dry-run.really"], "dry-run.really"],
    // What the parser would take for no.
    [[...ACTIVATE, "--dry-run=yes"], "--dry-run=yes is neither true nor false; write --dry-run or leave it out"],
    [[...ACTIVATE, "--dry-run=1"], "--dry-run=1 is neither"],
    [[...ACTIVATE, "--dry-run=TRUE"], "--dry-run=TRUE is neither"],
    [[...ACTIVATE, "--dry-run="], "--dry-run= is neither"],
    [[...ACTIVATE, "--dry-run", "--dry-run=false"], "--dry-run is given both as 'true' and as 'false'; give it once"],
    [[...ACTIVATE, "--dry-run", "--dry-run", "false"], "--dry-run is given both as 'true' and as 'false'"],
    [["init", "--unit", "engine.service", "--dry-run=on"], "--dry-run=on is neither"],
    [
      ["init", "--unit", "engine.service", "--yes=no"],
      "--yes=no is neither true nor false; write --force or leave it out",
    ],
    [["rollback", "--unit", "engine.service", "--take-over=1"], "--take-over=1 is neither"],
    [["monitor", "--unit", "engine.service", "--stay=yes"], "--stay=yes is neither"],
    [[...GATE, "--wait=yes"], "--wait=yes is neither"],
    [[...GATE, "--quiet=no"], "--quiet=no is neither"],
    [[...GATE, "--help=no"], "--help=no is neither"],
  ])("%j", async (args, words) => {
    expectUsage(await run(args), words);
  });

  test("a switch that says false is off, and true is on", async () => {
    expect((await run([...GATE, "--json=false"])).out).toMatch(/^PASS /);
    for (const line of [["--json=true"], ["--json", "true"], ["--json", "--json=true"]]) {
      expect(JSON.parse((await run([...GATE, ...line])).out)).toMatchObject({ kind: "quality-gate", verdict: "pass" });
    }
  });

  test("a policy that would loosen a limit names key, value and limit", async () => {
    await writeFile(`${directory.path}/lax.yaml`, "limits: {action_bias: {tradingShare: 0.99}}\n");
    expectUsage(
      await run([...GATE, "--policy", "lax.yaml"]),
      "limits.action_bias.tradingShare = 0.99 would loosen the limit; it may be at most 0.85",
    );
  });

  test("a missing model is 2, and the sentence names those that exist", async () => {
    const { code, err } = await run([...GATE, "--model", "nobody"]);
    expect(code).toBe(2);
    expect(err).toBe(
      `${noConfig()}qsc: [unknown_model] Model 'nobody' does not appear in the telemetry; the models there are lightgbm, nhits, patchtst, xgboost.\n`,
    );
  });

  test("a missing log is 2", async () => {
    const { code, err } = await run(["scoreboard", "--source", "file:none.ndjson"]);
    expect(code).toBe(2);
    expect(err.startsWith(noConfig())).toBe(true);
    expect(err.slice(noConfig().length)).toMatch(/^qsc: .*none\.ndjson.*\.\n$/);
  });
});

describe("a file that is not what it should be is one sentence, and exit 1", () => {
  const FEATURES = '{"features": ["a"], "reference": {"a": {"edges": [0], "counts": [100, 100]}}}';
  const utf16 = (text: string, mark = ""): Buffer => Buffer.from(mark + text, "utf16le");
  const refuses = async (
    args: readonly string[],
    name: string,
    content: string | Buffer,
    words: string,
  ): Promise<void> => {
    await writeFile(`${directory.path}/${name}`, content);
    expectUsage(await run([...args, name]), words);
  };

  test("a manifest with a byte order mark", async () => {
    await refuses(
      ["feature-sanity", ...SOURCE, "--manifest"],
      "bom.json",
      `\ufeff${FEATURES}`,
      "Manifest bom.json: it begins with a byte order mark (BOM); save it as UTF-8 without one.",
    );
  });

  test.each<[string, readonly string[], string]>([
    ["manifest", ["feature-sanity", ...SOURCE, "--manifest"], "Manifest wide"],
    ["policy", [...GATE, "--policy"], "Policy wide"],
    ["config file", ["scoreboard", "--config"], "Config file"],
  ])("a %s in UTF-16, or in Latin-1", async (_, args, words) => {
    for (const content of [
      utf16(FEATURES, "\ufeff"),
      utf16(FEATURES),
      Buffer.from(utf16(FEATURES, "\ufeff")).swap16(),
    ]) {
      await refuses(args, "wide", content, words);
      await refuses(args, "wide", content, "wide is UTF-16, or not text; save it as UTF-8.");
    }
    await refuses(args, "latin", Buffer.from("# é\n{}", "latin1"), "latin is not UTF-8; save it as UTF-8.");
  });

  test("a policy or config file with a byte order mark is YAML like any other", async () => {
    await writeFile(`${directory.path}/bom.yaml`, "\ufeffminEvents: {canary: 1000}\n");
    await writeFile(`${directory.path}/config.yaml`, "\ufeffsource: file:healthy.ndjson\npolicy: bom.yaml\n");
    const { code, out } = await run(["quality-gate", "--mode", "canary", "--config", "config.yaml"]);
    expect([code, out]).toEqual([2, expect.stringContaining("at least 1000 are needed")]);
  });

  test("a count above 2^53, in a manifest and in a policy", async () => {
    const names = Object.keys(
      JSON.parse(String(seededTelemetry({ count: 1, intervalMs: 1000 }).entries[0]?.fields["features"])) as object,
    );
    const reference = (counts: string): string =>
      `{"features": ${JSON.stringify(names)}, "reference": {"${names[0] ?? ""}": {"edges": [0], "counts": ${counts}}}}`;
    await refuses(
      ["feature-sanity", ...SOURCE, "--manifest"],
      "many.json",
      reference("[9007199254740993, 100]"),
      "has a count of 9007199254740992; a count is at most 9007199254740991 (2^53 - 1).",
    );
    await refuses(
      [...GATE, "--policy"],
      "many.yaml",
      "minEvents: {canary: 9007199254740993}\n",
      "must be a whole number, at least 200 and at most 9007199254740991.",
    );
  });
});

describe("settings", () => {
  test("a flag wins over a variable, a variable over the config file", async () => {
    await writeFile(`${directory.path}/strict.yaml`, "minEvents: {canary: 1000}\n");
    await writeFile(`${directory.path}/config.yaml`, "source: file:healthy.ndjson\npolicy: strict.yaml\n");
    const command = ["quality-gate", "--mode", "canary", "--config", "config.yaml"];
    expect((await run(command)).code).toBe(2);
    await writeFile(`${directory.path}/same.yaml`, "{}\n");
    expect((await run(command, { QSC_POLICY: "same.yaml" })).code).toBe(0);
    expect((await run([...command, "--policy", "strict.yaml"], { QSC_POLICY: "same.yaml" })).code).toBe(2);
    expect(
      (await run(["quality-gate", "--mode", "canary"], { QSC_CONFIG: "config.yaml", QSC_POLICY: "same.yaml" })).code,
    ).toBe(0);
  });

  test("variables of the engine do not disturb", async () => {
    expect((await run(GATE, { QSC_CANARY_WEIGHTS: "{}", QSC_CANARY_MODEL: "x" })).code).toBe(0);
  });

  test("a policy is named by file and hash, and its own checks are judged", async () => {
    await writeFile(`${directory.path}/own.yaml`, "checks:\n  - {id: wide, violatedWhen: p90 - p10 < 0.999}\n");
    const judged = await document([...GATE, "--policy", "own.yaml"], { cwd: directory.path });
    expect([judged.code, judged.policySource]).toEqual([2, "own.yaml"]);
    expect(judged.models[0]?.checks.find(({ id }) => id === "wide")?.status).toBe("violation");
    const plain = await document(GATE, { cwd: directory.path });
    expect(plain.policyHash).not.toBe(judged.policyHash);
  });
});

/** Runs a command with its stdout where the shell says. */
async function into(
  args: readonly string[],
  redirection: string,
  before = "",
): Promise<{ readonly code: number | null; readonly err: string }> {
  const child = spawn("sh", ["-c", `${before}'${process.execPath}' '${BIN}' ${args.join(" ")} ${redirection}`], {
    cwd: directory.path,
  });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, err };
}

describe("output", () => {
  test("colour only on a terminal: none in a pipe", async () => {
    expect((await run(GATE)).out).not.toContain("\u001b");
  });

  test("on a terminal there is colour, and none with NO_COLOR", async () => {
    const onTerminal = async (env: Record<string, string>): Promise<string> => {
      const command = [process.execPath, BIN, ...GATE].map((word) => `'${word}'`).join(" ");
      const child = spawn("script", ["-qec", command, "/dev/null"], {
        cwd: directory.path,
        env: { PATH: process.env["PATH"] ?? "", ...env },
      });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      expect((await once(child, "close"))[0]).toBe(0);
      return out;
    };
    expect(await onTerminal({ TERM: "xterm" })).toContain("\u001b[");
    expect(await onTerminal({ TERM: "xterm", NO_COLOR: "1" })).not.toContain("\u001b[");
  });

  test("--json is one document on stdout; words go to stderr", async () => {
    const { out, err, code } = await run([...GATE, "--json"]);
    const parsed = JSON.parse(out) as GateDocument;
    expect(parsed).toMatchObject({ kind: "quality-gate", mode: "canary", verdict: "pass", exitCode: code });
    expect(err.endsWith(noConfig())).toBe(true);
    expect(err.slice(0, -noConfig().length)).toMatch(
      /^report {2}reports\/safety\/quality_gate_\d{8}_\d{6}(_\d+)?\.md \(and \.html, \.json\)\n$/,
    );
  });

  test("--quiet prints nothing for a pass, and leaves the exit code and the report", async () => {
    expect(await run([...GATE, "--quiet"])).toEqual({ code: 0, out: "", err: "" });
    const json = await run([...GATE, "--quiet", "--json"]);
    expect(json.err).toBe("");
    expect(JSON.parse(json.out)).toMatchObject({ exitCode: 0 });
  });

  test("--quiet leaves only the reasons of a refusal, on stderr, and the report", async () => {
    const workdir = `${directory.path}/quiet-refusal`;
    const args = [...GATE, "--as-of", "2099-01-01T00:00:00Z", "--workdir", workdir];
    const { reasons } = JSON.parse((await run([...args, "--json"])).out) as GateDocument;
    expect(reasons.length).toBeGreaterThan(0);
    const { code, out, err } = await run([...args, "--quiet"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    const lines = err.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/^qsc: (?:\[[\w.]+\] )?/, ""))).toEqual(reasons);
    // Of two runs.
    expect(await readdir(`${workdir}/reports/safety`)).toHaveLength(6);
  });

  test("the help of --quiet says what it still prints, and that the report is written", async () => {
    const { out } = await run(["quality-gate", "--help"]);
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      "Print no words except the reasons of a refusal; the report is still written",
    );
  });

  test("a wrong command line with --json is a document as well", async () => {
    const { out, code } = await run([...GATE, "--count", "x", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ kind: "error", code: "usage", exitCode: 1 });
  });

  test("reports carry mode and cutover in their names and never replace one another", async () => {
    const workdir = `${directory.path}/reports-here`;
    const args = [
      "quality-gate",
      "--mode",
      "collection",
      ...SOURCE,
      "--after",
      "2026-01-05T09:00:00Z",
      "--workdir",
      workdir,
    ];
    const runs = await Promise.all([run(args), run(args), run(args)]);
    expect(runs.map(({ code }) => code)).toEqual([3, 3, 3]);
    const files = await readdir(`${workdir}/reports/safety`);
    expect(
      files.filter((name) => /^quality_gate_\d{8}_\d{6}_collection_post_cutover(_\d)?\.md$/.test(name)),
    ).toHaveLength(3);
    expect(files.filter((name) => name.endsWith(".json"))).toHaveLength(3);
    expect(files.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await run(["scoreboard", ...SOURCE, "--workdir", workdir]);
    expect(await readdir(`${workdir}/reports/safety`)).toContain("scoreboard_latest.json");
  });

  test("a pass whose report cannot be written is not a pass", async () => {
    await writeFile(`${directory.path}/file`, "");
    const { code, err, out } = await run([...GATE, "--workdir", "file"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^qsc: The report .* could not be written: .* Name a writable directory with --workdir\.\n$/);
    const refused = await run(["quality-gate", "--mode", "canary", ...SOURCE, "--count", "10", "--workdir", "file"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("could not be written");
  });

  test("a workdir that cannot be created is named, wherever it is", async () => {
    for (const workdir of ["/proc/qsc/reports", "/dev/null/reports"]) {
      const { code, err } = await run([...GATE, "--workdir", workdir]);
      expect(code).toBe(1);
      expect(err).toContain("Name a writable directory with --workdir.");
    }
  });

  test.each([[GATE], [[...GATE, "--json"]], [[...GATE, "--json", "--quiet"]]])(
    "a pass that cannot be written to stdout is not a pass: %j",
    async (args) => {
      const { code, err } = await into(args, "> /dev/full");
      expect(code).toBe(1);
      expect(err).toMatch(/^qsc: The result could not be written: [^\n]+\.$/m);
    },
  );

  test.each([[GATE], [[...GATE, "--json"]]])(
    "a refusal that cannot be written to stdout stays a refusal: %j",
    async (args) => {
      const { code, err } = await into([...args, "--count", "10"], "> /dev/full");
      expect(code).toBe(2);
      expect(err).toMatch(/^qsc: The result could not be written: /m);
    },
  );

  test("an error document that cannot be written is still exit 1", async () => {
    expect((await into(["scoreboard", "--nope", "--json"], "> /dev/full")).code).toBe(1);
  });

  test.each(["--version", "-V", "--help"])("%s that cannot be written is one sentence and exit 1", async (flag) => {
    const { code, err } = await into([flag], "> /dev/full");
    expect(code).toBe(1);
    expect(err).toMatch(/^qsc: The [a-z]+ could not be written: [^\n]+\.\n$/);
  });

  test("a JSON document whose reader goes away before its end is not a pass", async () => {
    // Longer than a pipe and its reader hold, so that the reader is gone before everything is written.
    const models = Array.from({ length: 4 }, (_, copy) =>
      healthyModels.map((model) => ({ ...model, name: `${model.name}-${copy}` })),
    ).flat();
    await writeEventLog(
      `${directory.path}/many.ndjson`,
      seededTelemetry({ count: 300, intervalMs: 1000, models }).entries,
    );
    const { err } = await into(
      ["quality-gate", "--mode", "canary", "--source", "file:many.ndjson", "--json"],
      "2> err; echo $? > code; } | head -c 1 > /dev/null",
      "{ ",
    );
    expect({ err, code: (await readFile(`${directory.path}/code`, "utf8")).trim() }).toEqual({ err: "", code: "1" });
    expect(await readFile(`${directory.path}/err`, "utf8")).toMatch(/^qsc: The result could not be written: /m);
  });

  test("a reader that goes away does not change the exit code", async () => {
    const child = spawn(
      "sh",
      ["-c", `{ '${process.execPath}' '${BIN}' ${GATE.join(" ")}; echo $? > code; } | head -c 1 >/dev/null`],
      { cwd: directory.path },
    );
    await once(child, "close");
    expect((await readFile(`${directory.path}/code`, "utf8")).trim()).toBe("0");
  });
});
