import { signingKeyOf } from "@qsc/contract/signing";
import { keyPair, modelSignature } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { activate } from "../../src/activate.js";
import { checkpointPath } from "../../src/audit/checkpoint.js";
import type { ModelSignatures } from "../../src/judging.js";
import type { OperationContext } from "../../src/operation/context.js";
import { rollback } from "../../src/rollback.js";
import { MODEL } from "./model/engine.js";
import type { Machine } from "./model/machine.js";
import { PATHS, POLICY, Process } from "./model/process.js";
import { PROOF_MS, run } from "./model/run.js";
import { baselineMachine } from "./model/scenarios.js";

const pair = keyPair("ed25519");
/** What the engine of this model names as the artefact of each of its models. */
const ARTIFACT = "a".repeat(64);
const signatures = (sha256: string): ModelSignatures => ({
  trust: { keys: [signingKeyOf(pair.privateKey).verification], certificates: [] },
  files: [
    { path: "model.sig", text: modelSignature({ files: { "model.onnx": sha256 }, privateKey: pair.privateKey }) },
  ],
});

/** A context whose policy requires signatures of models. */
function requiring(context: OperationContext, modelSignatures: ModelSignatures | null): OperationContext {
  const policy = { ...POLICY, require: [...POLICY.require, "model_signature" as const] };
  return { ...context, judgement: { ...context.judgement, policy, modelSignatures } };
}

const activated = (machine: Machine, given: ModelSignatures) =>
  run(machine, new Process(machine), (context) =>
    activate(requiring(context, given), {
      model: MODEL,
      cutoverMs: machine.engine?.startedMs ?? 0,
      dryRun: false,
      durationMs: 13_000,
      watchUnit: null,
      proofMs: PROOF_MS,
      signal: new AbortController().signal,
    }),
  );

test("a model that is not signed, though the policy requires it, is not activated", async () => {
  const machine = await baselineMachine();
  const { starts } = machine;
  expect(await activated(machine, signatures("b".repeat(64)))).toMatchObject({
    kind: "done",
    document: { exitCode: 2, reasons: [expect.stringContaining("signature_missing")] },
  });
  expect(machine.dropIn).toBeNull();
  expect(machine.starts).toBe(starts);
});

test("one that is signed is, and is rolled back without its signature, a key, or a checkpoint that can be read", async () => {
  const machine = await baselineMachine();
  expect(await activated(machine, signatures(ARTIFACT))).toMatchObject({ kind: "done", document: { exitCode: 0 } });
  expect(machine.dropIn).not.toBeNull();
  const checkpoint = checkpointPath(PATHS.audit);
  machine.disk.create(checkpoint);
  machine.disk.put(checkpoint, "{");
  const ended = await run(machine, new Process(machine), (context) =>
    rollback(requiring(context, null), {
      reason: "a test",
      takeOver: false,
      proofMs: PROOF_MS,
      signal: new AbortController().signal,
    }),
  );
  expect(ended).toMatchObject({ kind: "done", document: { exitCode: 0 } });
  expect(machine.dropIn).toBeNull();
});
