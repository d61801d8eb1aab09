import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { sha256Of, type GateDocument } from "@qsc/contract";
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope, signingKeyOf, verificationKeyOf } from "@qsc/contract/signing";
import { keyPair, seededTelemetry, type KeyPair } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { attest, openAttestation, qualityGate, requireAttested, verify, type GivenReport } from "../src/index.js";
import { VERDICT_PREDICATE_TYPE, verdictStatement } from "../src/attestation/verdict-statement.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });
const context = judgementContext(Date.parse("2026-01-06T00:00:00Z"));
const pair = keyPair("ed25519");
const key = signingKeyOf(pair.privateKey);
const keys = [verificationKeyOf(pair.publicKey)];

let gate: GateDocument;
let report: GivenReport;
let text: string;
beforeAll(async () => {
  gate = await qualityGate(sourceOf(entries), { ...ALL, mode: "canary", model: null }, context);
  report = { path: "reports/gate.json", text: `${JSON.stringify(gate, null, 2)}\n` };
  ({ text } = await attest(report, key, "dsse"));
});

const opened = (content: string, trusted = keys) =>
  openAttestation({ path: "reports/gate.intoto.json", text: content }, trusted);

/** An envelope of any statement, as qsc would write it. */
function enveloped(statement: object, signer = key, payloadType = IN_TOTO_PAYLOAD_TYPE): string {
  return `${JSON.stringify(signEnvelope(payloadType, Buffer.from(JSON.stringify(statement)), signer), null, 2)}\n`;
}

describe("an attestation", () => {
  test("names the report's bytes and each judged artefact, and what the gate found", async () => {
    const { path, statement, keyId } = await attest(report, key, "dsse");
    expect({ path, keyId }).toEqual({ path: "reports/gate.intoto.json", keyId: keys[0]?.id });
    const [first, ...others] = statement.subject;
    expect(first).toEqual({ name: "gate.json", digest: { sha256: sha256Of(report.text) } });
    const artifacts = gate.models.flatMap((model) => model.artifacts.map((hash) => [`model:${model.model}`, hash]));
    expect(artifacts.length).toBeGreaterThan(0);
    expect(others.map(({ name, digest }) => [name, digest["sha256"]])).toEqual(artifacts);
    expect(statement.predicate).toMatchObject({ verdict: "pass", policyHash: gate.policyHash, digest: gate.digest });
  });

  test("is verified with its report, and then the report with its events", async () => {
    const attestation = opened(text);
    expect(attestation.reportPath).toBe("reports/gate.json");
    const document = await verify(sourceOf(entries), report, context, attestation);
    expect(document).toMatchObject({ verdict: "pass", attestation: { keyIds: [keys[0]?.id] } });
    const other = await verify(sourceOf(entries.slice(1)), report, context, attestation);
    expect(other).toMatchObject({ verdict: "fail", codes: ["evidence_differs"] });
  });

  test.each(["dsse", "bundle"] as const)("names a change of any byte of the file (%s)", async (form) => {
    const whole = (await attest(report, key, form)).text;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 9, max: 126 }), (at, code) => {
        const changed = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1);
        fc.pre(changed !== whole);
        expect(() => opened(changed)).toThrow(expect.objectContaining({ code: "signature_invalid" }));
      }),
      { numRuns: 500, examples: [[whole.length - 1, 32]] },
    );
  });

  test("names a change of any byte of the report", async () => {
    const attestation = opened(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(report.text.length - 1), fc.integer({ min: 32, max: 126 }), async (at, code) => {
        const changed = report.text.slice(0, at) + String.fromCharCode(code) + report.text.slice(at + 1);
        fc.pre(changed !== report.text);
        await expect(requireAttested(attestation, { ...report, text: changed })).rejects.toMatchObject({
          code: expect.stringMatching(/^(signature_invalid|report_unusable)$/) as string,
        });
      }),
      { numRuns: 50 },
    );
  });

  const stranger = signingKeyOf(keyPair("P-256").privateKey);
  const statement = () => verdictStatement(gate, "gate.json", report.text);
  test.each<[string, () => string, RegExp]>([
    ["another key", () => enveloped(statement(), stranger), /not one of the trusted keys/],
    [
      "another payload type",
      () => enveloped(statement(), key, "application/json"),
      /payload type is 'application\/json'/,
    ],
    ["no signature", () => text.replace(/"signatures": \[[^]*\]/, '"signatures": []'), /it has no signature/],
    [
      "two signatures of which one is wrong",
      () => {
        const [one, two] = [enveloped(statement()), enveloped(statement(), stranger)].map(
          (each) => JSON.parse(each) as { signatures: readonly unknown[] },
        );
        return JSON.stringify({ ...one, signatures: [...(one?.signatures ?? []), ...(two?.signatures ?? [])] });
      },
      /signature 2 names the key/,
    ],
    ["another statement type", () => enveloped({ ...statement(), _type: "x" }), /has the type "x"/],
    ["another predicate type", () => enveloped({ ...statement(), predicateType: "x" }), /predicate type "x"/],
    ["a payload that is not JSON", () => enveloped([]), /has the type undefined/],
    [
      "a report in another directory",
      () => enveloped({ ...statement(), subject: [{ name: "../gate.json", digest: {} }] }),
      /its report '\.\.\/gate\.json' is not a file's name/,
    ],
    ["spaces that were added", () => `${text} `, /not as qsc attest wrote it/],
  ])("is refused for %s", (_, content, message) => {
    expect(() => opened(content())).toThrow(
      expect.objectContaining({ code: "signature_invalid", message: expect.stringMatching(message) as string }),
    );
  });

  test.each<[string, () => object, RegExp]>([
    [
      "another artefact",
      () => ({ subject: [statement().subject[0], { name: "model:x", digest: { sha256: "0".repeat(64) } }] }),
      /subject\[1\]/,
    ],
    ["a missing artefact", () => ({ subject: statement().subject.slice(0, 1) }), /subject\[1\] was signed as nothing/],
    ["another verdict", () => ({ predicate: { ...statement().predicate, verdict: "fail" } }), /predicate\.verdict/],
    [
      "another digest",
      () => ({ predicate: { ...statement().predicate, digest: "0".repeat(64) } }),
      /predicate\.digest/,
    ],
  ])("is refused for %s than the report has", async (_, change, message) => {
    const attestation = opened(enveloped({ ...statement(), ...change() }));
    await expect(requireAttested(attestation, report)).rejects.toMatchObject({
      code: "signature_invalid",
      message: expect.stringMatching(message) as string,
    });
  });
});

describe("what is not signed", () => {
  test("a report that was changed after it was sealed", async () => {
    const altered = report.text.replace('"host": "test"', '"host": "other"');
    await expect(attest({ ...report, text: altered }, key, "dsse")).rejects.toMatchObject({ code: "report_altered" });
  });

  test.each(["gate", "gate.intoto.json", ".json"])("a file called %s", async (path) => {
    await expect(attest({ ...report, path }, key, "dsse")).rejects.toMatchObject({ code: "report_unusable" });
  });

  test("another document", async () => {
    await expect(attest({ ...report, text: "{}" }, key, "dsse")).rejects.toMatchObject({ code: "report_unusable" });
  });
});

describe("a bundle", () => {
  /** Sigstore's own verifier, offline, with nothing but the key. */
  const verifiedBySigstore = (content: string, { publicKey }: KeyPair) => {
    const bundle = bundleFromJSON(JSON.parse(content));
    const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [], mediaType: "" };
    const material = toTrustMaterial(none, () => ({ publicKey: createPublicKey(publicKey), validFor: () => true }));
    return new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(
      toSignedEntity(bundle),
    );
  };

  test.each(["ed25519", "P-256"] as const)("of %s is verified by Sigstore's own library, and by qsc", async (curve) => {
    const own = keyPair(curve);
    const made = await attest(report, signingKeyOf(own.privateKey), "bundle");
    expect(() => verifiedBySigstore(made.text, own)).not.toThrow();
    expect(() => verifiedBySigstore(made.text, keyPair(curve))).toThrow();
    expect(opened(made.text, [verificationKeyOf(own.publicKey)]).statement.predicateType).toBe(VERDICT_PREDICATE_TYPE);
  });

  test("that names another key than the one that signed it is refused", async () => {
    const made = await attest(report, key, "bundle");
    const other = made.text.replace(/"hint": "\w+"/, `"hint": "${"0".repeat(64)}"`);
    expect(() => opened(other)).toThrow(/not as qsc attest wrote it/);
  });
});
