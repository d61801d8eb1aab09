import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describeRequiring, requireCommands, temporaryDirectory } from "@qsc-tooling/testkit";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { promClientMetrics } from "../../dist/prom-client/index.js";
import { loadModel, onnxRuntime } from "../support/built.js";
import { install, vector } from "../support/files.js";
import { runProgram } from "../support/program.js";

/** What a scrape shows after a real model has answered, and has refused a row. */
async function scraped(
  register: Registry = new Registry(),
): Promise<{ readonly metrics: string; readonly artifact: string }> {
  await using directory = await temporaryDirectory();
  const path = await install(directory.path, "tabular", { output: { name: "y" } });
  const onEvent = promClientMetrics({ register });
  await using model = await loadModel(path, { runtime: onnxRuntime(), onEvent });
  await model.predict({ features: vector() });
  await model.predict({ features: vector(Number.NaN) });
  return { metrics: await register.metrics(), artifact: model.artifactSha256 ?? "none" };
}

describe("a scrape", () => {
  test("shows a loaded model: its artefact, that it serves, what it answered", async () => {
    const { metrics, artifact } = await scraped();
    for (const line of [
      `qsc_model_info{model="xgb",artifact_sha256="${artifact}"} 1`,
      'qsc_model_active{model="xgb"} 1',
      'qsc_model_predictions_total{model="xgb",status="active"} 1',
      'qsc_model_failures_total{model="xgb",reason="input_not_finite"} 1',
      'qsc_model_prediction_duration_seconds_count{model="xgb"} 1',
    ])
      expect(metrics.split("\n")).toContain(line);
  });

  test("is valid in OpenMetrics, too", async () => {
    const register = new Registry();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const { metrics } = await scraped(register);
    expect(metrics).toContain('\nqsc_model_predictions_total{model="xgb",status="active"} 1\n');
    expect(metrics).toMatch(/\n# EOF\n$/);
  });
});

describeRequiring(requireCommands("promtool"), "promtool", (promtool) => {
  test("has nothing to say of names, help and units", async () => {
    const { metrics } = await scraped();
    const child = spawn(promtool, ["check", "metrics"]);
    child.stdin.end(metrics);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    expect({ code, out, err }).toEqual({ code: 0, out: "", err: "" });
  });
});

describe("where neither library is installed", () => {
  test("only the entry for prom-client cannot be imported", async () => {
    const body = `
      await import("@qsc/fail-closed");
      const { openTelemetryMetrics } = await import("@qsc/fail-closed/opentelemetry");
      console.log(typeof openTelemetryMetrics);
      await import("@qsc/fail-closed/prom-client").catch(({ code, message }) => console.log(code, message.split("'")[1]));
    `;
    const { code, stdout, stderr } = await runProgram({ body, peer: false });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "function\nERR_MODULE_NOT_FOUND prom-client\n",
      stderr: "",
    });
  });
});
