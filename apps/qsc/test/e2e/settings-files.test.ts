import { execFileSync } from "node:child_process";
import { mkdir, open, writeFile } from "node:fs/promises";
import {
  describeRequiring,
  recordingOrSkip,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { qsc } from "./support/qsc.js";
import { recordedEntries } from "./support/recorded.js";

describeRequiring(recordingOrSkip(), "a policy, config file or manifest that is not what it looks like", (path) => {
  let directory: TemporaryDirectory;
  const at = (name: string): string => `${directory.path}/${name}`;
  const gate = ["quality-gate", "--mode", "collection", "--source", "file:log.ndjson", "--model", "xgboost"];
  const run = (args: readonly string[]) => qsc(args, { cwd: directory.path });

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await writeEventLog(at("log.ndjson"), recordedEntries(path));
  });
  afterAll(() => directory.remove());

  const FAULTS: readonly (readonly [what: string, text: string, words: string])[] = [
    ["a second document", "{}\n---\n{}\n", "holds more than one YAML document; keep one"],
    ["a broken second document", "{}\n---\n[\n", "holds more than one YAML document; keep one"],
    ["an unknown directive", "%FOO bar\n---\n{}\n", "is neither YAML nor JSON"],
    ["an unknown tag", "policy: !file strict.yaml\n", "is neither YAML nor JSON"],
    ["an alias", "policy: &a x.yaml\nworkdir: *a\n", "is neither YAML nor JSON"],
    ["a key given twice", "policy: a\npolicy: b\n", "is neither YAML nor JSON"],
    ["nothing", "", "is empty, or holds nothing but comments"],
    ["comments only", "# limits: {}\n", "is empty, or holds nothing but comments"],
    ["UTF-16", Buffer.from("\ufefflimits: {}\n", "utf16le").toString("latin1"), "is UTF-16, or not text"],
  ];

  test.each(FAULTS)("a policy with %s is refused", async (_, text, words) => {
    await writeFile(at("policy.yaml"), text, "latin1");
    const { code, err } = await run([...gate, "--policy", "policy.yaml"]);
    expect(err).toContain("Policy policy.yaml");
    expect(err).toContain(words);
    expect(code).toBe(1);
  });

  test.each(FAULTS)("a config file with %s is refused", async (_, text, words) => {
    await writeFile(at("config.yaml"), text, "latin1");
    const { code, err } = await run([...gate, "--config", "config.yaml"]);
    expect(err).toContain(`Config file ${at("config.yaml")}`);
    expect(err).toContain(words);
    expect(code).toBe(1);
  });

  test.each([["--policy"], ["--config"], ["--manifest"]])(
    "%s refuses a pipe, a directory, a device and a huge file",
    async (option) => {
      const command = option === "--manifest" ? ["feature-sanity", "--source", "file:log.ndjson"] : gate;
      await mkdir(at("directory"), { recursive: true });
      execFileSync("mkfifo", [at(`pipe${option}`)]);
      const huge = await open(at("huge"), "w");
      await huge.truncate(9 * 1024 * 1024);
      await huge.close();
      const things = [
        [`pipe${option}`, "a pipe"],
        ["directory", "directory"],
        ["/dev/zero", "a device"],
        ["huge", "larger than 8388608 bytes"],
      ] as const;
      for (const [name, words] of things) {
        const { code, err } = await run([...command, option, name]);
        expect(err).toContain(words);
        expect(code).toBe(1);
      }
    },
  );

  test("a manifest with a repeated key is refused", async () => {
    await writeFile(at("manifest.json"), '{"features": ["atr_value"], "features": ["funding_rate"]}');
    const { code, err } = await run(["feature-sanity", "--source", "file:log.ndjson", "--manifest", "manifest.json"]);
    expect(err).toContain("the key 'features' stands there twice");
    expect(code).toBe(1);
  });

  test("an unreadable policy does not stop a rollback", async () => {
    await writeFile(at("broken.yaml"), "limits: [\n");
    const { err } = await run([
      "rollback",
      "--policy",
      "broken.yaml",
      "--unit",
      "none.service",
      "--services",
      `child:${at("services")}`,
    ]);
    expect(err).not.toContain("broken.yaml");
  });
});
