import { execFile } from "node:child_process";
import { readdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { StatusDocument } from "@qsc/contract";
import {
  describeRequiring,
  requireRoot,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));

let directory: TemporaryDirectory;
let units: TemporaryDirectory;
let here = "";
beforeEach(async () => {
  directory = await temporaryDirectory();
  units = await temporaryDirectory();
  here = await realpath(directory.path);
});
afterEach(async () => {
  await directory.remove();
  await units.remove();
});

/** Commands that only ask, about a unit that does not exist. */
const ASKING = [["status"], ["cutover"], ["audit", "verify"], ["preflight"]];
const nowhere = (): readonly string[] => [
  "--source",
  "file:none.ndjson",
  "--services",
  `child:${units.path}`,
  "--unit",
  "engine.service",
];

describe("in a directory without settings", () => {
  test.each([...ASKING, ["scoreboard", "--unit", "engine.service"], ["rollback"]])(
    "%s says that no config file was found, and where it looked",
    async (...command) => {
      const settings = command[0] === "scoreboard" ? ["--source", "file:none.ndjson"] : nowhere();
      const { code, out, err } = await qsc([...command, ...settings], { cwd: here });
      expect(code).toBe(2);
      expect(`${out}${err}`.match(/^config .*$/gm)).toEqual([
        `config  none: no qsc.config.yaml in ${here} or /etc/qsc, so flags, variables and defaults`,
      ]);
    },
  );

  test.each(ASKING)("%s creates nothing", async (...command) => {
    for (const form of [[], ["--json"], ["--quiet"]]) await qsc([...command, ...nowhere(), ...form], { cwd: here });
    expect(await readdir(here)).toEqual([]);
  });

  test("status does not claim that there never was a canary: it names the missing state file", async () => {
    const { steps, phase, since, endsAt, lastRollback } = await document<StatusDocument>(["status", ...nowhere()], {
      cwd: here,
    });
    expect(steps[0]).toEqual({
      name: "state",
      outcome: "done",
      detail: `there is no ${here}/data/qsc_canary_state.json, so no canary is recorded here`,
    });
    expect({ phase, since, endsAt, lastRollback }).toEqual({
      phase: "unknown",
      since: null,
      endsAt: null,
      lastRollback: null,
    });
  });
});

test("a misspelt key of a config file is answered with the one that was meant", async () => {
  await writeFile(join(here, "own.yaml"), "polcy: strict.yaml\n");
  const { code, err } = await qsc(["scoreboard", "--config", "own.yaml"], { cwd: here });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^qsc: Config file \S+own\.yaml has the unknown key 'polcy'\. Did you mean 'policy'\? Known keys are source, stream, .*requiredEnvironment, .*metricsFile, judgeListen, .*notify\.\n$/,
  );
});

describe("a misspelt variable", () => {
  test.each([
    ["QSC_STREM", "QSC_STREAM"],
    ["QSC_STRAEM", "QSC_STREAM"],
    ["QSC_SOURCES", "QSC_SOURCE"],
    ["QSC_SOURSE", "QSC_SOURCE"],
    ["QSC_Policy", "QSC_POLICY"],
    ["QSC_VERIFYKEY", "QSC_VERIFY_KEY"],
    ["QSC_CONFG", "QSC_CONFIG"],
    ["QSC_UNITS", "QSC_UNIT"],
    ["QSC_POLICY_FILE", "QSC_POLICY"],
    ["QSC_SOURCE_URL", "QSC_SOURCE"],
    ["QSC_STREAM_NAME", "QSC_STREAM"],
    ["QSC_CA_FILE", "QSC_CA"],
    ["QSC_VERIFY_KEY_path", "QSC_VERIFY_KEY"],
  ])("%s is answered with the one that was meant, and nothing is judged", async (name, meant) => {
    const { code, err } = await qsc(["scoreboard", "--source", "file:none.ndjson"], {
      cwd: here,
      env: { [name]: "x" },
    });
    expect(code).toBe(1);
    expect(err).toBe(
      `qsc: The environment variable ${name} sets nothing; did you mean ${meant}? Rename or unset it.\n`,
    );
  });

  test("does not stand in the way of a rollback", async () => {
    const { code, err } = await qsc(["rollback", "--reason", "x", ...nowhere()], {
      cwd: here,
      env: { QSC_STREM: "x" },
    });
    expect([code, err]).toEqual([2, expect.not.stringContaining("did you mean")]);
  });

  test.each([
    ["QSC_STREM", ""],
    ["QSC_PORT", "tcp://10.0.0.7:8080"],
    ["QSC_SERVICE_HOST", "10.0.0.7"],
    ["QSC_SOURCE_SERVICE_HOST", "10.0.0.7"],
    ["QSC_STREAM_PORT_6379_TCP_ADDR", "10.0.0.7"],
    ["QSC_TEST", "1"],
    ["QSC_INIT", "1"],
    ["QSC_CI", "true"],
    ["QSC_WORKERS", "4"],
    ["QSC_CANARY_MODEL", "nhits"],
    ["QSC_DEPLOYED_BY", "me"],
    ["QSCSTREAM", "x"],
    ["QSC_", "x"],
  ])("is not what %s=%s is", async (name, value) => {
    const { code, err } = await qsc(["scoreboard", "--source", "file:none.ndjson"], {
      cwd: here,
      env: { [name]: value },
    });
    expect([code, err]).toEqual([2, expect.not.stringContaining("did you mean")]);
  });
});

describeRequiring(requireRoot(), "the host's own settings in /etc/qsc", () => {
  /** Runs commands of a shell, as root, with an /etc of their own that has the host's config file. */
  async function withHostConfig(
    ...commands: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const script = [
      "mount -t tmpfs -o mode=755 tmpfs /etc",
      "mkdir /etc/qsc",
      "echo root:x:0:0:root:/root:/bin/sh > /etc/passwd",
      `printf 'source: file:${here}/log.ndjson\\n' > /etc/qsc/qsc.config.yaml`,
      ...commands,
    ].join("\n");
    const env = { PATH: process.env["PATH"] ?? "", HOME: here };
    return promisify(execFile)("unshare", ["--mount", "sh", "-ec", script], { cwd: here, env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
  }
  const command = (...args: readonly string[]): string =>
    [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
  const gate = ["quality-gate", "--mode", "canary", "--workdir", "."];

  beforeEach(async () => {
    await writeEventLog(join(here, "log.ndjson"), seededTelemetry({ count: 300, intervalMs: 1000 }).entries);
  });

  test("are read if the current directory has none, and named", async () => {
    const run = await withHostConfig(command(...gate));
    expect(run).toMatchObject({ code: 0 });
    expect(run.stderr).toContain("config  /etc/qsc/qsc.config.yaml\n");
  });

  test("are overridden by a named file, a variable and a flag", async () => {
    await writeFile(join(here, "own.yaml"), "source: file:elsewhere.ndjson\n");
    expect((await withHostConfig(command(...gate, "--config", "own.yaml"))).stderr).toContain("elsewhere.ndjson");
    expect((await withHostConfig(`QSC_SOURCE=file:elsewhere.ndjson ${command(...gate)}`)).stderr).toContain(
      "elsewhere.ndjson",
    );
    expect((await withHostConfig(command(...gate, "--source", "file:elsewhere.ndjson"))).stderr).toContain(
      "elsewhere.ndjson",
    );
  });

  test.each([
    ["the file belongs to another user", "chown 65534 /etc/qsc/qsc.config.yaml", "belongs to another user (uid 65534)"],
    ["others may write to it", "chmod 666 /etc/qsc/qsc.config.yaml", "other users may write to"],
    ["others may write to its directory", "chmod 777 /etc/qsc", "other users may write to"],
  ])("are refused if %s", async (_why, spoil, words) => {
    const { code, stderr } = await withHostConfig(spoil, command(...gate));
    expect(code).toBe(1);
    expect(stderr).toContain("Config file /etc/qsc/qsc.config.yaml is not safe to read: ");
    expect(stderr).toContain(words);
  });
});
