import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel } from "@qsc/fail-closed";
import { onnxRuntime } from "@qsc/fail-closed/onnx";
import { repositoryRoot, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifestCommand } from "../../src/commands/manifest.js";
import { qsc, type Run } from "./support/qsc.js";

const APP = fileURLToPath(new URL("../../", import.meta.url));
const MODELS = join(repositoryRoot, "apps/ai-engine/models");
const OF_TESTS = join(repositoryRoot, "packages/fail-closed/test/models");

interface Committed {
  readonly features: readonly string[];
  readonly labels: readonly string[];
  readonly probe: readonly [{ readonly input: Record<string, number[]>; readonly output: object }];
}
/** The committed manifest of the engine's model, which its training has written. */
const COMMITTED = JSON.parse(readFileSync(join(MODELS, "xgb/manifest.json"), "utf8")) as Committed;
const NAMES = ["--features", COMMITTED.features.join(","), "--labels", COMMITTED.labels.join(",")];
const ROW = JSON.stringify(COMMITTED.probe[0].input);
const FULL = [...NAMES, "--row", ROW];

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
  cpSync(join(MODELS, "xgb/xgb.onnx"), at("xgb.onnx"));
});
afterEach(() => directory.remove());

const at = (name: string): string => join(directory.path, name);
const run = (...args: readonly string[]): Promise<Run> => qsc(["manifest", ...args], { cwd: directory.path });
const manifest = (name = "xgb.json") =>
  JSON.parse(readFileSync(at(name), "utf8")) as Committed & Record<string, unknown>;
const listing = () => readdirSync(directory.path).sort();

describe("qsc manifest", () => {
  test("writes a manifest that a wrapper loads at once, with the answer that the training has recorded", async () => {
    const { code, out } = await run("xgb.onnx", ...FULL, "--metadata", '{"run": {"id": 7}}');
    expect(code).toBe(0);
    expect(out).toMatch(/^manifest {2}xgb\.json\n/);
    const { probe, metadata, features } = manifest();
    const { input, output } = COMMITTED.probe[0];
    expect({ features, metadata }).toEqual({ features: COMMITTED.features, metadata: { run: { id: 7 } } });
    expect(probe[0].input).toEqual(input);
    expect(probe[0].output).toMatchObject({ label: (output as { label: string }).label });
    await using model = await loadModel(at("xgb.json"), { name: "xgb", runtime: onnxRuntime() });
    expect(model.state).toEqual({ status: "active" });
    expect(out).toContain(`artifact  ${model.artifactSha256 ?? "none"}\n`);
    const row = Object.fromEntries(Object.entries(input).map(([name, [value]]) => [name, value]));
    expect(await model.predict({ features: row })).toMatchObject({ status: "active", action: "SELL" });
    expect(listing()).toEqual(["xgb.json", "xgb.onnx"]);
  });

  test("prints one document with --json, the manifest in it", async () => {
    const { code, out } = await run("xgb.onnx", ...FULL, "--json", "--out", "manifest.json", "--name", "xgb-2");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      kind: "manifest",
      exitCode: 0,
      path: "manifest.json",
      name: "xgb-2",
      artifactSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      manifest: manifest("manifest.json"),
    });
  });

  test("takes rows from files, one probe for each", async () => {
    writeFileSync(at("row.json"), ROW);
    writeFileSync(at("plain.json"), JSON.stringify(Object.values(COMMITTED.probe[0].input).flat()));
    const { code } = await run("xgb.onnx", ...NAMES, "--row", "row.json", "--row", "plain.json", "--tolerance", "0.01");
    expect(code).toBe(0);
    const [first, second] = manifest().probe as readonly object[];
    // A plain row is written by feature, too.
    expect(second).toEqual(first);
    expect(first).toMatchObject({ tolerance: 0.01 });
  });

  test("without a row says that there is no probe", async () => {
    const { code, out } = await run("xgb.onnx", ...NAMES);
    expect(code).toBe(0);
    expect(out).toContain("probes    none: give a real row with --row\n");
    expect(manifest()).not.toHaveProperty("probe");
  });

  test("never replaces a file unless it is asked to, not even a link that leads nowhere", async () => {
    writeFileSync(at("xgb.json"), "mine");
    const refused = await run("xgb.onnx", ...FULL);
    expect(refused).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/\[manifest_exists\] xgb\.json is there/) as string,
    });
    expect(readFileSync(at("xgb.json"), "utf8")).toBe("mine");
    expect((await run("xgb.onnx", ...FULL, "--force")).code).toBe(0);
    expect(manifest()).toMatchObject({ name: "xgb" });
    symlinkSync("nowhere", at("dangling.json"));
    expect((await run("xgb.onnx", ...FULL, "--out", "dangling.json")).code).toBe(2);
    expect(listing()).toEqual(["dangling.json", "xgb.json", "xgb.onnx"]);
  });

  test("makes of the same model and row the same bytes", async () => {
    await run("xgb.onnx", ...FULL);
    await run("xgb.onnx", ...FULL, "--out", "again.json");
    const [one, other] = ["xgb.json", "again.json"].map((name) =>
      createHash("sha256")
        .update(readFileSync(at(name)))
        .digest("hex"),
    );
    expect(other).toBe(one);
  });
});

describe("nothing is written", () => {
  const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    [
      "without names of features",
      ["xgb.onnx", "--labels", "A,B,C"],
      1,
      /--features is needed: the names of the 12 features/,
    ],
    [
      "for a file that is missing",
      ["none.onnx", ...FULL],
      2,
      /\[model_unusable\].*model_missing: Model file none\.onnx is missing/,
    ],
    [
      "for a row of another width",
      ["xgb.onnx", ...NAMES, "--row", "[1, 2]"],
      2,
      /must have one row of the 12 features/,
    ],
    [
      "for a row that is too large for a number",
      ["xgb.onnx", ...NAMES, "--row", ROW.replace(/\[[^\]]*\]/, "[1e999]")],
      2,
      /finite/,
    ],
    [
      "for a row that has a feature twice",
      ["xgb.onnx", ...NAMES, "--row", '{"a": 1, "a": 2}'],
      1,
      /--row .*is not JSON/,
    ],
    ["for a row that is a text", ["xgb.onnx", ...NAMES, "--row", "[}"], 1, /is not JSON/],
    ["for a row's file that is missing", ["xgb.onnx", ...NAMES, "--row", "none.json"], 1, /none\.json cannot be read/],
    [
      "for metadata that is a list",
      ["xgb.onnx", ...FULL, "--metadata", "[1]"],
      1,
      /--metadata .* is not a JSON object/,
    ],
    ["for a name in another directory", ["xgb.onnx", ...FULL, "--out", "../xgb.json"], 1, /without a directory/],
    ["for the model's own name", ["xgb.onnx", ...FULL, "--out", "xgb.onnx", "--force"], 1, /is the model itself/],
    ["for a wide tolerance", ["xgb.onnx", ...FULL, "--tolerance", "0.2"], 1, /--tolerance '0\.2' must be/],
    [
      "for an option that is given twice",
      ["xgb.onnx", ...FULL, "--out", "a.json", "--out", "b.json"],
      1,
      /--out is given 2 times/,
    ],
    [
      "for other labels than the model has",
      ["xgb.onnx", ...NAMES.slice(0, 2), "--labels", "A,B"],
      2,
      /2 labels, the model has 3/,
    ],
  ];
  test.each(refusals)("%s", async (_, args, code, message) => {
    const found = await run(...args);
    expect(found).toMatchObject({ code, out: "", err: expect.stringMatching(message) as string });
    expect(listing()).toEqual(["xgb.onnx"]);
  });

  test.each([
    ["not-a-number.onnx", /output_invalid/],
    ["truncated.onnx", /model_corrupt/],
  ])("for %s, which gives no answer", async (file, message) => {
    cpSync(join(OF_TESTS, file), at(file));
    const found = await run(file, "--features", "a,b,c,d", "--labels", "A,B,C", "--row", "[1, 2, 3, 4]");
    expect(found).toMatchObject({ code: 2, err: expect.stringMatching(message) as string });
    expect(listing()).toEqual([file, "xgb.onnx"].sort());
  });

  test("for a model that is named like a manifest", async () => {
    cpSync(at("xgb.onnx"), at("model.json"));
    const bytes = readFileSync(at("model.json"));
    const found = await run("model.json", ...FULL, "--name", "m", "--out", "model.json", "--force");
    expect(found.code).toBe(1);
    expect(readFileSync(at("model.json")).equals(bytes)).toBe(true);
  });

  test("after an interruption", async () => {
    const flags = { file: at("xgb.onnx"), features: COMMITTED.features.join(","), labels: COMMITTED.labels.join(",") };
    await expect(manifestCommand.print(flags, [], AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
    await manifestCommand.print({ ...flags, out: "later.json" }, [], new AbortController().signal);
    expect(listing()).toEqual(["later.json", "xgb.onnx"]);
  });
});

test("where onnxruntime-node is not installed, qsc manifest says what to install", () => {
  const installed = at("installed");
  mkdirSync(join(installed, "node_modules"), { recursive: true });
  for (const part of ["bin", "bundle", "package.json"])
    cpSync(join(APP, part), join(installed, part), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(APP, "package.json"), "utf8")) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    const place = join(installed, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(realpathSync(join(APP, "node_modules", name)), place);
  }
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(installed, "bin/qsc.js"), "manifest", "xgb.onnx", ...FULL],
    { cwd: directory.path, encoding: "utf8", env: { PATH: process.env["PATH"] } },
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^qsc: \[?dependency_missing|npm install onnxruntime-node/);
  expect(listing()).toEqual(["installed", "xgb.onnx"]);
});
