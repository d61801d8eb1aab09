import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { qsc } from "./support/qsc.js";

const NAMES = ["--features", "momentum,rsi,spread,volume", "--labels", '["SELL", "HOLD", "BUY"]'];

describe("qsc manifest", () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory();
    copyFileSync(join(repositoryRoot, "packages/fail-closed/test/models/tabular.onnx"), join(home.path, "xgb.onnx"));
  });
  afterEach(() => home.remove());

  const manifest = (...args: readonly string[]) => qsc(["manifest", ...args], { cwd: home.path });

  test("writes one by which the model loads, with golden probes and keys of one's own", async () => {
    writeFileSync(join(home.path, "row.json"), '{"momentum": 2, "rsi": 0, "spread": 0, "volume": 0}');
    const rows = ["--row", "row.json", "--row", "[-2, 0, 0, 0]", "--tolerance", "1e-4"];
    const made = await manifest("xgb.onnx", ...NAMES, ...rows, "--metadata", "run=7", "--metadata", "by=a=b");
    expect([made.code, made.out]).toEqual([
      0,
      "manifest  xgb.json\nThe model loads by it, and every probe gives its answer.\n",
    ]);
    expect(readdirSync(home.path).sort()).toEqual(["row.json", "xgb.json", "xgb.onnx"]);
    expect(JSON.parse(readFileSync(join(home.path, "xgb.json"), "utf8"))).toMatchObject({
      name: "xgb",
      probe: [{ output: { label: "SELL" }, tolerance: 1e-4 }, { output: { label: "HOLD" } }],
      metadata: { run: "7", by: "a=b" },
    });
  });

  test("replaces one only if it is told to", async () => {
    writeFileSync(join(home.path, "xgb.json"), "{}");
    const kept = await manifest("xgb.onnx", ...NAMES);
    expect([kept.code, kept.err]).toEqual([
      2,
      expect.stringContaining("[file_failed] xgb.json exists; pass --replace"),
    ]);
    expect(readFileSync(join(home.path, "xgb.json"), "utf8")).toBe("{}");
    expect((await manifest("xgb.onnx", ...NAMES, "--replace")).code).toBe(0);
    expect(JSON.parse(readFileSync(join(home.path, "xgb.json"), "utf8"))).toMatchObject({ name: "xgb" });
    expect(readdirSync(home.path).sort()).toEqual(["xgb.json", "xgb.onnx"]);
  });

  test("prints one without writing anything", async () => {
    const { code, out } = await manifest("xgb.onnx", ...NAMES, "--print");
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ name: "xgb", file: "xgb.onnx" })]);
    expect(readdirSync(home.path)).toEqual(["xgb.onnx"]);
  });

  test.each([
    [1, ["xgb.onnx"], "--features is needed; it must be the names of the 4 features, in order"],
    [1, ["xgb.onnx", ...NAMES, "--row", "{"], "--row is not JSON: "],
    [1, ["xgb.onnx", ...NAMES, "--row", "none.json"], "Row none.json cannot be read: "],
    [1, ["xgb.onnx", ...NAMES, "--tolerance", "wide", "--row", "[1,2,3,4]"], "--tolerance 'wide' is not a number"],
    [1, ["xgb.onnx", ...NAMES, "--tolerance", "0.01"], "there is none; pass --row too"],
    [1, ["xgb.onnx", ...NAMES, "--tolerance", "1", "--row", "[1,2,3,4]"], "tolerance is 1"],
    [1, ["xgb.onnx", ...NAMES, "--metadata", "run"], "--metadata 'run' is not KEY=VALUE"],
    [1, ["xgb.onnx", ...NAMES, "--out", "/tmp/xgb.json"], "is not beside the model"],
    [1, ["xgb.onnx", ...NAMES, "--print", "--replace"], "--print writes nothing"],
    [1, ["xgb.onnx", "--labels", "A,A", "--features", "a,b,c,d"], "labels must be different names"],
    [2, ["none.onnx", ...NAMES], "[model_unusable] Model file none.onnx is missing (model_missing)."],
    [2, ["xgb.onnx", ...NAMES, "--row", "[1,2]"], "must have one row of the 4 features (manifest_invalid)."],
  ] as const)("ends with %i for %j", async (code, args, words) => {
    const ended = await manifest(...args);
    expect([ended.code, ended.out, ended.err]).toEqual([code, "", expect.stringContaining(words)]);
    expect(readdirSync(home.path)).toEqual(["xgb.onnx"]);
  });
});
