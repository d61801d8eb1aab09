import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot, temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { bundled } from "../../bundle.js";

const MANIFEST = join(repositoryRoot, "apps/ai-engine/models/xgb/manifest.json");

/** A service with one model; `options` are those of its runtime. */
const service = (options: string): string => `
  import { loadModel } from "@qsc/fail-closed";
  import { onnxRuntime } from "@qsc/fail-closed/onnx";
  (async () => {
    const model = await loadModel(${JSON.stringify(MANIFEST)}, { runtime: onnxRuntime(${options}), timeLimitMs: 60_000 });
    const features = Object.fromEntries(model.features.map((name) => [name, 0]));
    const { status, reason = null, error } = await model.predict({ symbol: "BTCUSDT", features });
    console.log(JSON.stringify({ status, reason, message: error?.message ?? null }));
    await model.close();
  })();`;

interface Said {
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
}

/** Runs a bundled program, with other files beside it, where onnxruntime-node is installed. */
async function run(name: string, files: Readonly<Record<string, string>>): Promise<Said> {
  const directory = await mkdtemp(join(repositoryRoot, "tooling/bundles/node_modules/.bundle-"));
  try {
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    const { stdout } = await promisify(execFile)(process.execPath, [join(directory, name)], { cwd: directory });
    return JSON.parse(stdout) as Said;
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("a service with an ONNX model, bundled by esbuild for Node", () => {
  test("predicts with the thread's program as an entry of its own", async () => {
    const [{ text }, worker] = await Promise.all([
      bundled(service('{ worker: new URL("./onnx-worker.mjs", import.meta.url) }'), { platform: "node" }),
      bundled('import "@qsc/fail-closed/onnx-worker";', { platform: "node" }),
    ]);
    const said = await run("service.mjs", { "service.mjs": text, "onnx-worker.mjs": worker.text });
    expect(said).toEqual({ status: "active", reason: null, message: null });
  });

  test("says what to do if the thread's program is not there", async () => {
    const { text } = await bundled(service(""), { platform: "node" });
    const { status, reason, message } = await run("service.mjs", { "service.mjs": text });
    expect([status, reason]).toEqual(["inactive", "model_missing"]);
    expect(message).toMatch(
      /worker\.js: a bundler moved it, so bundle @qsc\/fail-closed\/onnx-worker as an entry of its own/,
    );
  });
});

describe("violations without the optional packages", () => {
  const code = `
    import { judgePredictions, parsePolicy, DEFAULT_POLICY } from "@qsc/violations";
    const fault = ({ code, message, exitCode }) => [code, exitCode, message];
    console.log(JSON.stringify({
      status: (await judgePredictions([{ label: "a", confidence: 0.5 }], { labels: { acting: ["a"], abstaining: [] } })).verdict,
      reason: await parsePolicy("minEvents: {canary: 250}", "p.yaml").catch(fault),
      message: await judgePredictions([{ label: "a", confidence: 0.5 }], { policy: { ...DEFAULT_POLICY, labels: { acting: ["a"], abstaining: [] }, checks: [{ id: "own", violatedWhen: "mean < 0.2" }] } }).catch(fault),
    }));`;

  test("judge, and say what to install for a policy file and for an expression", async () => {
    const { text } = await bundled(code, { platform: "node" });
    const directory = await temporaryDirectory();
    try {
      await writeFile(join(directory.path, "judge.mjs"), text);
      const { stdout } = await promisify(execFile)(process.execPath, ["judge.mjs"], { cwd: directory.path });
      expect(JSON.parse(stdout)).toEqual({
        status: "fail",
        reason: [
          "dependency_missing",
          1,
          expect.stringMatching(/^Reading YAML needs the package 'yaml'.*npm install yaml@/),
        ],
        message: [
          "dependency_missing",
          1,
          expect.stringMatching(/^An expression in a policy needs the package 'mathjs'.*npm install mathjs@/),
        ],
      });
    } finally {
      await directory.remove();
    }
  });
});
