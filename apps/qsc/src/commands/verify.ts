import { QscError } from "@qsc/contract";
import type { GivenReport, OpenedAttestation } from "@qsc/rollout";
import { text, texts, type FileCommand } from "../command.js";
import { openTelemetry } from "../open-telemetry.js";
import { readOptionFile } from "../read-file.js";
import { publicKeysFrom } from "../signature-keys.js";

/** `qsc verify`. */
export const verifyCommand: FileCommand = {
  kind: "examines",
  name: "verify",
  summary: "Does a gate's report follow from a recording of its events? Exit 0 it does, 2 not",
  positional: { name: "report", completes: "file", description: "The report's JSON, or its attestation" },
  options: {
    "public-key": {
      type: "string",
      completes: "file",
      description: "A key that may have signed the attestation: a PEM file; can be repeated",
      defaultDescription: "none: the report came without an attestation",
    },
  },
  repeatable: ["public-key"],
  settings: ["source", "stream", "verifyKey", "modelKey", "modelSignature", "policy", "workdir"],
  readsPolicy: true,
  examples: [
    [
      "$0 verify quality_gate_20260111_083000.json --source file:intents.ndjson.gz",
      "judge its events again, and compare",
    ],
    [
      "$0 verify gate.json --source file:intents.ndjson.gz --policy strict.yaml",
      "a report that was made under a policy",
    ],
    ["$0 verify gate.intoto.json --public-key qsc.pub.pem --source file:intents.ndjson.gz", "check who signed it, too"],
  ],
  run: async ({ flags, settings, judgement }) => {
    const { report, attestation } = await reportFrom(text(flags, "report") ?? "", texts(flags, "public-key"));
    const { verify } = await import("@qsc/rollout");
    const source = await openTelemetry(settings, false);
    try {
      return await verify(source, report, judgement, attestation);
    } finally {
      await source.close();
    }
  },
};

interface Given {
  readonly report: GivenReport;
  readonly attestation: OpenedAttestation | null;
}

/**
 * The report that a path names, or that the attestation there is about.
 * @throws QscError `signature_missing` for a report alone where a key is named; `usage` for an attestation without a key
 */
async function reportFrom(path: string, keyFiles: readonly string[]): Promise<Given> {
  const { looksSigned } = await import("@qsc/contract/signing");
  const given = await fileAt(path);
  const isSigned = looksSigned(given.text);
  if (!isSigned && keyFiles.length > 0)
    throw new QscError(
      "signature_missing",
      `The report ${path} is not signed by itself: pass its attestation, which qsc attest wrote beside it as .intoto.json.`,
    );
  if (!isSigned) return { report: given, attestation: null };
  if (keyFiles.length === 0)
    throw new QscError("usage", `${path} is an attestation: name the key that must have signed it with --public-key.`);
  const { openAttestation } = await import("@qsc/rollout");
  const attestation = openAttestation(given, await publicKeysFrom(keyFiles));
  return { report: await fileAt(attestation.reportPath), attestation };
}

async function fileAt(path: string): Promise<GivenReport> {
  return { path, text: await readOptionFile("Report", path, "report_unusable") };
}
