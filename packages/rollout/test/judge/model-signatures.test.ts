import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gateDocument } from "@qsc/contract/schemas";
import { sha256Of } from "@qsc/contract";
import { readModelTrust } from "@qsc/contract/signing";
import { parsePolicy } from "@qsc/violations";
import {
  AUTHORITY,
  certified,
  describeRequiring,
  keyPair,
  modelSignature,
  requireCommands,
  seededTelemetry,
  SIGNER,
  temporaryDirectory,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diagnose, qualityGate, scoreboard, type JudgementContext, type ModelSignatures } from "../../src/judging.js";
import { verify } from "../../src/verify.js";
import { ALL, judgementContext, sourceOf } from "../support.js";

const MODEL = "xgboost";
const [FILE, MANIFEST] = [sha256Of("model"), sha256Of("manifest")];
/** As our wrappers name it, and as an engine names a file alone. */
const ARTIFACT = sha256Of(`${FILE}\n${MANIFEST}\n`);
const FILES = { "xgb.onnx": FILE, "manifest.json": MANIFEST };
const NOW = Date.parse("2026-01-06T00:00:00Z");
const pair = keyPair("P-256");

/** Telemetry in which one model names this artefact. */
const telemetry = (artifact: string | null, later = artifact) =>
  seededTelemetry({
    count: 300,
    intervalMs: 1000,
    mutate: (draft, index) => {
      Object.assign(draft.modelBreakdown[MODEL] ?? {}, { artifact_sha256: index < 200 ? artifact : later });
    },
  }).entries;
const entries = telemetry(ARTIFACT);
const request = { ...ALL, mode: "canary" as const, model: MODEL };

let directory: TemporaryDirectory;
let policy: JudgementContext["policy"];
let publicKey: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  policy = await parsePolicy("require: [model_signature]", "p.yaml");
  publicKey = await pem("models.pub.pem", pair.publicKey);
});
afterAll(() => directory.remove());

async function pem(name: string, text: string): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, text);
  await chmod(path, 0o644);
  return path;
}

const signed = (files: Readonly<Record<string, string>> = FILES, { privateKey } = pair) =>
  modelSignature({ files, privateKey });
async function signatures(trusted: readonly string[], ...texts: readonly string[]): Promise<ModelSignatures> {
  return { trust: await readModelTrust(trusted), files: texts.map((text, at) => ({ path: `model-${at}.sig`, text })) };
}
const context = (modelSignatures: ModelSignatures | null): JudgementContext => ({
  ...judgementContext(NOW, policy),
  modelSignatures,
});
const gate = (given: ModelSignatures | null, from = entries) => qualityGate(sourceOf(from), request, context(given));

describe("a policy that requires signatures of models", () => {
  test("passes a model whose file and manifest a trusted key has signed, and no other", async () => {
    const given = await signatures([publicKey], signed());
    const document = await gate(given);
    expect(document).toMatchObject({ verdict: "pass", exitCode: 0 });
    const others = document.models.filter(({ model }) => model !== MODEL);
    expect(others.length).toBeGreaterThan(0);
    expect(others.every(({ verdict, unsigned }) => verdict === "fail" && unsigned === "signature_missing")).toBe(true);
    expect(gateDocument.parse(document)).toEqual(document);
    expect(
      await verify(sourceOf(entries), { path: "gate.json", text: JSON.stringify(document) }, context(given)),
    ).toMatchObject({
      verdict: "pass",
    });
  });

  test("passes one whose engine names the file alone, in any form", async () => {
    const given = await signatures([publicKey], signed({ "xgb.onnx": FILE }));
    for (const artifact of [FILE, `sha256:${FILE}`, FILE.toUpperCase()])
      expect((await gate(given, telemetry(artifact))).verdict, artifact).toBe("pass");
  });

  test("counts a file with its own manifest: of its directory, and of its name if there is one", async () => {
    const [other, second] = [sha256Of("other file"), sha256Of("other manifest")];
    const together = (file: string, manifest: string) => sha256Of(`${file}\n${manifest}\n`);
    const named = { "xgb.onnx": FILE, "xgb.json": MANIFEST, "lgbm.onnx": other, "lgbm.json": second };
    const apart = {
      "xgb/model.onnx": FILE,
      "xgb/manifest.json": MANIFEST,
      "lgbm/model.onnx": other,
      "lgbm/manifest.json": second,
    };
    for (const files of [named, apart]) {
      const given = await signatures([publicKey], signed(files));
      const verdictOf = async (artifact: string) => (await gate(given, telemetry(artifact))).verdict;
      for (const artifact of [ARTIFACT, together(other, second)]) expect(await verdictOf(artifact)).toBe("pass");
      for (const artifact of [together(FILE, second), together(other, MANIFEST), FILE, other, MANIFEST, second])
        expect(await verdictOf(artifact), artifact).toBe("fail");
    }
  });

  test.each<[string, string | null, () => readonly string[], "signature_missing" | "signature_invalid", RegExp]>([
    ["no signature", ARTIFACT, () => [], "signature_missing", /no signature covers that/],
    [
      "another artefact",
      sha256Of("other"),
      () => [signed()],
      "signature_missing",
      /serves [0-9a-f]{64}, and no signature/,
    ],
    ["no artefact", null, () => [signed()], "signature_missing", /names no artefact/],
    [
      "a signature of the model's file alone",
      ARTIFACT,
      () => [signed({ "xgb.onnx": FILE })],
      "signature_missing",
      /no signature covers/,
    ],
    [
      "another key",
      ARTIFACT,
      () => [signed(FILES, keyPair("P-256"))],
      "signature_invalid",
      /model-0\.sig proves nothing: it names the key .* not one of the trusted keys/,
    ],
    ["what is not a signature", ARTIFACT, () => ["{}"], "signature_invalid", /'signatures' are not a list/],
  ])("fails a model with %s", async (_, artifact, texts, code, message) => {
    const document = await gate(await signatures([publicKey], ...texts()), telemetry(artifact));
    expect(document).toMatchObject({ verdict: "fail", exitCode: 2, codes: [code] });
    expect(document.reasons[0]).toMatch(message);
    expect(document.next?.length).toBeGreaterThan(0);
  });

  test("fails a model that served an unsigned file as well", async () => {
    const document = await gate(await signatures([publicKey], signed()), telemetry(ARTIFACT, sha256Of("other")));
    expect(document.models.find(({ model }) => model === MODEL)).toMatchObject({
      verdict: "fail",
      unsigned: "signature_missing",
    });
  });

  test("holds for the scoreboard and a diagnosis, too", async () => {
    const given = context(await signatures([publicKey], signed()));
    const board = await scoreboard(sourceOf(entries), { ...ALL }, given);
    expect(board.models.map(({ model, status }) => [model, status === "NO-GO"])).toEqual(
      board.models.map(({ model }) => [model, model !== MODEL]),
    );
    expect(board.codes).toContain("signature_missing");
    const found = await diagnose(
      sourceOf(entries),
      { ...ALL, model: null, journal: { skipped: "not asked for" } },
      given,
    );
    expect(found.models.filter(({ verdict }) => verdict === "fail").length).toBe(board.models.length - 1);
  });

  test("is refused where no key is named", async () => {
    await expect(gate(null)).rejects.toMatchObject({
      code: "invalid_policy",
      message: expect.stringContaining("--model-key") as string,
    });
  });
});

test("without that requirement no signature is looked at", async () => {
  const plain = { ...judgementContext(NOW), modelSignatures: await signatures([publicKey], "{}") };
  expect((await qualityGate(sourceOf(entries), request, plain)).verdict).toBe("pass");
});

describeRequiring(requireCommands("openssl"), "a certificate", () => {
  test("of a trusted authority counts as a key does", async () => {
    const root = await certified(directory.path, "root", { extensions: AUTHORITY });
    const { privateKey, certificate } = await certified(directory.path, "signer", { extensions: SIGNER, issuer: root });
    const text = modelSignature({ files: FILES, privateKey, certificates: [certificate] });
    const authority = await pem("root.pem", root.certificate);
    expect((await gate(await signatures([publicKey, authority], text))).verdict).toBe("pass");
  });
});
