import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { loadModel, onnxRuntime } from "../support/built.js";
import { vector } from "../support/files.js";
import {
  classifier,
  installBytes,
  SELL_FIRST,
  withExternalBranch,
  withExternalConstant,
  withExternalData,
} from "../support/onnx-models.js";
import { runModule } from "../support/program.js";

const runtime = onnxRuntime();
const pin = (bytes: Uint8Array) => ({ sha256: createHash("sha256").update(bytes).digest("hex") });
const refusal = (tensor: string, location: string) => ({
  status: "inactive",
  reason: "model_corrupt",
  error: {
    message: `Model takes '${tensor}' from another file, '${location}', which its hash does not cover: save it as one file, without external data`,
  },
});

describe("a model that takes weights from another file is refused", () => {
  test.each<[string, Uint8Array]>([
    ["w", withExternalData("weights.bin")],
    ["w", withExternalConstant("weights.bin")],
    ["v", withExternalBranch("weights.bin")],
  ])("%s, which lies beside the model or nowhere (%#)", async (tensor, bytes) => {
    await using directory = await temporaryDirectory();
    const path = await installBytes(directory.path, bytes, pin(bytes));
    expect((await loadModel(path, { runtime })).state).toMatchObject(refusal(tensor, "weights.bin"));
    await writeFile(join(directory.path, "weights.bin"), Float32Array.from(SELL_FIRST));
    expect((await loadModel(path, { runtime })).state).toMatchObject(refusal(tensor, "weights.bin"));
  });

  test.each(["../weights.bin", "/etc/hostname", "./weights.bin", "*/_ORT_MEM_ADDR_/*", ""])(
    "at %j",
    async (location) => {
      await using directory = await temporaryDirectory();
      const path = await installBytes(directory.path, withExternalData(location));
      expect((await loadModel(path, { runtime })).state).toMatchObject(refusal("w", location));
    },
  );

  test("with a foreign file in the working directory of the process, before and after a reload", async () => {
    await using directory = await temporaryDirectory();
    const bytes = withExternalData("weights.bin");
    const [app, cwd] = ["app", "cwd"].map((name) => join(directory.path, name));
    for (const path of [app!, cwd!]) await mkdir(path);
    const manifest = await installBytes(app!, bytes, pin(bytes));
    await writeFile(join(cwd!, "weights.bin"), Float32Array.from(SELL_FIRST));
    const ended = await runModule(
      cwd!,
      `
      import { writeFileSync } from "node:fs";
      const model = await loadModel(${JSON.stringify(manifest)}, { runtime: onnxRuntime() });
      const ask = async () => {
        const { status, action, reason, error } = await model.predict({ features: [1, 0, 0, 0] });
        console.log(JSON.stringify({ status, action, reason, message: error?.message }));
      };
      await ask();
      writeFileSync("weights.bin", new Uint8Array(Float32Array.from(${JSON.stringify(SELL_FIRST.map((weight) => -weight))}).buffer));
      await model.reload();
      await ask();
      await model.close();
    `,
    );
    const answers = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const inactive = expect.objectContaining({ status: "inactive", reason: "model_corrupt" });
    expect([answers, ended.stderr]).toEqual([[inactive, inactive], ""]);
  });
});

test("a model in one file is opened, whatever lies in the working directory", async () => {
  await using directory = await temporaryDirectory();
  const model = await loadModel(await installBytes(directory.path, classifier()), { runtime });
  expect(await model.predict({ features: vector(1) })).toMatchObject({ status: "active", action: "SELL" });
  await model.close();
});
