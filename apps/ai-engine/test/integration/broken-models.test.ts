import { fileURLToPath } from "node:url";
import { loadModel } from "@qsc/fail-closed";
import { onnxRuntime } from "@qsc/fail-closed/onnx";
import { expect, test } from "vitest";
import { syntheticMarket } from "../../src/market/index.js";

const manifest = (name: string): string =>
  fileURLToPath(new URL(`../../models-broken/${name}/manifest.json`, import.meta.url));

test.each([
  ["patchtst-truncated", "model_corrupt"],
  ["patchtst-wrong-dimension", "dimension_mismatch"],
  ["patchtst-nan", "output_invalid"],
])("%s does not load: %s", async (name, reason) => {
  const model = await loadModel(manifest(name), { name: "patchtst", runtime: onnxRuntime() });
  expect(model.state).toMatchObject({ status: "inactive", reason });
  await model.close();
});

test.each(["patchtst-constant", "patchtst-saturated"])("%s loads, and its answers give it away", async (name) => {
  const model = await loadModel(manifest(name), { name: "patchtst", runtime: onnxRuntime() });
  expect(model.state).toEqual({ status: "active" });
  const market = syntheticMarket({ seed: 77, symbols: ["BTCUSDT", "ETHUSDT"] });
  for (let row = 0; row < 2 * model.rows + 120; row += 1) await model.predict(market.next().value);
  expect(model.state).toMatchObject({ status: "inactive", reason: "degenerate_output" });
  await model.close();
});
