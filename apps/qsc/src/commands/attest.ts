import { inertText } from "@qsc/contract";
import type { Attestation, AttestationForm } from "@qsc/rollout";
import { text, textOr, type Flags, type PrintingCommand } from "../command.js";

/** `qsc attest`. */
export const attestCommand: PrintingCommand = {
  kind: "prints",
  name: "attest",
  summary: "Sign the verdict of a gate's report, as an in-toto statement. Exit 0 written, 2 not",
  positional: {
    name: "report",
    completes: "file",
    description: "The report's JSON; REPORT.intoto.json is written beside it",
  },
  options: {
    "signing-key": {
      type: "string",
      completes: "file",
      description: "The private key: a PEM file that its owner alone may read, Ed25519 or P-256",
      defaultDescription: "required",
    },
    bundle: { type: "boolean", default: false, description: "Write a bundle of Sigstore, not the envelope alone" },
    force: { type: "boolean", default: false, description: "Replace an attestation that is there" },
    json: { type: "boolean", default: false, description: "One JSON document on stdout" },
  },
  examples: [
    ["$0 attest quality_gate_20260111_083000.json --signing-key qsc.key.pem", "sign it; qsc verify checks that"],
    ["$0 attest gate.json --signing-key qsc.key.pem --bundle", "a bundle, for Sigstore's tools"],
  ],
  print: async (flags, _commands, signal) => {
    const [{ requireValues }, { unlessInterrupted }, { requireFree, writeNew }] = await Promise.all([
      import("../require-values.js"),
      import("../unless-interrupted.js"),
      import("../new-file.js"),
    ]);
    requireValues(flags, []);
    const form = flags["bundle"] === true ? "bundle" : "dsse";
    // Only until something is written: what is written is also said.
    const attested = unlessInterrupted(
      attestedBy(flags, form),
      signal,
      "Interrupted before the attestation was written.",
    );
    const { statement, keyId, ...made } = await attested;
    const file = {
      path: made.path,
      what: "Attestation",
      exists: "attestation_exists",
      remedy: "replace it with --force",
      failed: "attestation_failed",
    } as const;
    const isForced = flags["force"] === true;
    if (!isForced) await requireFree(file);
    await writeNew(file, made.text, isForced);
    const { inertJson } = await import("@qsc/report");
    if (flags["json"] === true)
      return `${inertJson({ kind: "attest", exitCode: 0, path: file.path, form, keyId, statement })}\n`;
    return shown(file.path, keyId, statement.subject);
  },
};

async function attestedBy(flags: Flags, form: AttestationForm): Promise<Attestation> {
  const [{ signingKeyFrom }, { attest }, { readOptionFile }] = await Promise.all([
    import("../signature-keys.js"),
    import("@qsc/rollout"),
    import("../read-file.js"),
  ]);
  const key = await signingKeyFrom(text(flags, "signing-key"), "qsc attest");
  const path = textOr(flags, "report", "");
  return attest({ path, text: await readOptionFile("Report", path, "report_unusable") }, key, form);
}

/** What was signed, for people. */
function shown(path: string, keyId: string, subjects: Attestation["statement"]["subject"]): string {
  const rows: readonly (readonly [string, string])[] = [
    ["attestation", path],
    ["key", keyId],
    ...subjects.map(({ name, digest }) => ["subject", `${name} ${digest["sha256"] ?? ""}`] as const),
  ];
  return rows.map(([title, value]) => `${title.padEnd(11)}  ${inertText(value)}\n`).join("");
}
