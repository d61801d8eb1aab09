import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "@qsc/contract";
import {
  keyPair,
  modelSignature,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentHere } from "./support/here.js";
import { qsc } from "./support/qsc.js";

const [FILE, MANIFEST] = [sha256Of("model"), sha256Of("manifest")];
const pair = keyPair("P-256");
const GATE = ["quality-gate", "--mode", "canary", "--model", "xgboost", "--source", "file:intents.ndjson"];
const POLICY = ["--policy", "signed.yaml"];
const KEY = ["--model-key", "models.pub.pem"];
const SIGNED = [...KEY, "--model-signature", "xgb.sig"];

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const { entries } = seededTelemetry({
    count: 300,
    intervalMs: 1000,
    mutate: ({ modelBreakdown }) => {
      Object.assign(modelBreakdown["xgboost"] ?? {}, { artifact_sha256: sha256Of(`${FILE}\n${MANIFEST}\n`) });
    },
  });
  await writeEventLog(join(directory.path, "intents.ndjson"), entries);
  put("signed.yaml", "require: [model_signature]\n");
  put("models.pub.pem", pair.publicKey);
  const files = { "xgb.onnx": FILE, "manifest.json": MANIFEST };
  put("xgb.sig", modelSignature({ files, privateKey: pair.privateKey }));
  put("other.sig", modelSignature({ files, privateKey: keyPair("P-256").privateKey }));
});
afterAll(() => directory.remove());

function put(name: string, text: string): void {
  writeFileSync(join(directory.path, name), text, { mode: 0o644 });
}

describe("a policy that requires signatures of models", () => {
  test("lets a signed model pass, as flags and as variables say", async () => {
    const cwd = directory.path;
    expect((await qsc([...GATE, ...POLICY, ...SIGNED], { cwd })).code).toBe(0);
    const env = {
      QSC_MODEL_KEY: "models.pub.pem",
      QSC_MODEL_SIGNATURE: "other.sig,xgb.sig",
      QSC_POLICY: "signed.yaml",
    };
    expect(await documentHere(GATE, { cwd, env })).toMatchObject({ code: 0, verdict: "pass" });
    expect(await documentHere(["scoreboard", ...GATE.slice(5), ...POLICY, ...SIGNED], { cwd })).toMatchObject({
      code: 2,
    });
  });

  test.each<[string, readonly string[], string]>([
    ["no signature", KEY, "signature_missing"],
    ["a signature of another key", [...KEY, "--model-signature", "other.sig"], "signature_invalid"],
  ])("fails a model with %s", async (_, args, code) => {
    expect(await documentHere([...GATE, ...POLICY, ...args], { cwd: directory.path })).toMatchObject({
      code: 2,
      verdict: "fail",
      codes: [code],
    });
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ["no key", ["--model-signature", "xgb.sig"], 1, /name whose signatures count with --model-key/],
    ["a signature that is missing", [...KEY, "--model-signature", "none.sig"], 2, /\[signature_missing\].*none\.sig/],
    ["a key that is none", ["--model-key", "xgb.sig"], 1, /Key file xgb\.sig is not a public key/],
    ["an empty name", ["--model-key", "models.pub.pem,"], 1, /has an empty name/],
  ])("is refused with %s", async (_, args, code, message) => {
    const found = await qsc([...GATE, ...POLICY, ...args], { cwd: directory.path });
    expect(found).toMatchObject({ code, err: expect.stringMatching(message) as string });
  });
});
