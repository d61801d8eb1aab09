import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openModelSignature, readModelTrust, type SignedModel } from "../src/signing/index.js";
import {
  AUTHORITY,
  certified,
  describeRequiring,
  keyPair,
  modelSignature,
  requireCommands,
  SIGNER,
  temporaryDirectory,
  type Certified,
  type CertificateOptions,
  type ModelSignatureParts,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const FILES = { "xgb.onnx": sha256("model"), "xgb.json": sha256("manifest") };
const NOW = Date.parse("2026-06-01T00:00:00Z");

let directory: TemporaryDirectory;
let made = 0;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

function certificate(options: CertificateOptions): Promise<Certified> {
  made += 1;
  return certified(directory.path, `c${made}`, options);
}

/** What a signature says to one who trusts these PEM texts. */
async function open(text: string, ...trusted: readonly string[]): Promise<SignedModel> {
  const files = await Promise.all(
    trusted.map(async (pem, at) => {
      const path = join(directory.path, `trusted-${at}.pem`);
      await writeFile(path, pem);
      await chmod(path, 0o644);
      return path;
    }),
  );
  return openModelSignature(text, await readModelTrust(files), NOW);
}

describe("a model's signature with a key", () => {
  test.each(["ed25519", "P-256", "P-384", "P-521"] as const)("of %s gives the files and who signed", async (curve) => {
    const { privateKey, publicKey, sha256: keyId } = keyPair(curve);
    const signed = await open(modelSignature({ files: FILES, privateKey }), keyPair("P-256").publicKey, publicKey);
    expect({ ...signed, files: Object.fromEntries(signed.files) }).toEqual({ name: "models", files: FILES, keyId });
  });

  const { privateKey, publicKey } = keyPair("P-256");
  const stranger = keyPair("P-256");
  type Change = Pick<ModelSignatureParts, "statement" | "bundle">;
  const envelopeWith = (change: (envelope: { signatures: readonly object[] }) => object): Change => ({
    bundle: (bundle) => ({
      ...bundle,
      dsseEnvelope: {
        ...(bundle["dsseEnvelope"] as object),
        ...change(bundle["dsseEnvelope"] as { signatures: readonly object[] }),
      },
    }),
  });
  const predicateWith = (change: object): Change => ({
    statement: (statement) => ({ ...statement, predicate: { ...(statement["predicate"] as object), ...change } }),
  });
  const serialization = { method: "files", hash_type: "sha256" };
  const file = { name: "a", algorithm: "sha256", digest: "0".repeat(64) };
  test.each<[string, Change, RegExp]>([
    ["with another payload type", envelopeWith(() => ({ payloadType: "text/plain" })), /payload type is 'text\/plain'/],
    ["with another payload", envelopeWith(() => ({ payload: "e30=" })), /the payload was changed/],
    ["with no signature", envelopeWith(() => ({ signatures: [] })), /it has no signature/],
    [
      "with a second signature that is wrong",
      envelopeWith(({ signatures }) => ({ signatures: [...signatures, { sig: "AAAA" }] })),
      /signature 2 is not one of/,
    ],
    [
      "of an older format",
      { statement: (given) => ({ ...given, predicateType: "https://model_signing/Digests/v0.1" }) },
      /predicate type "https:\/\/model_signing\/Digests\/v0\.1"/,
    ],
    ["of another kind of statement", { statement: (given) => ({ ...given, _type: "x" }) }, /has the type "x"/],
    [
      "about two models",
      { statement: (given) => ({ ...given, subject: [...(given["subject"] as []), ...(given["subject"] as [])] }) },
      /about several models/,
    ],
    [
      "about another model than its files",
      { statement: (given) => ({ ...given, subject: [{ name: "models", digest: { sha256: "0".repeat(64) } }] }) },
      /is not that of the files that it lists/,
    ],
    ["that lists no files", predicateWith({ resources: [] }), /it lists no files/],
    ["of shards", predicateWith({ serialization: { method: "shards", hash_type: "sha256" } }), /not hashed whole/],
    [
      "of another hash",
      predicateWith({ serialization: { method: "files", hash_type: "blake2b" } }),
      /not hashed whole/,
    ],
    ["of a file without a hash", predicateWith({ serialization, resources: [{ name: "a" }] }), /no SHA-256/],
    ["of a file twice", predicateWith({ serialization, resources: [file, file] }), /the file a is there twice/],
    [
      "in a bundle of another version",
      { bundle: (given) => ({ ...given, mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2" }) },
      /its media type is/,
    ],
    ["in no bundle", { bundle: (given) => given["dsseEnvelope"] as object }, /not a bundle/],
    [
      "of Sigstore's service",
      { bundle: (given) => ({ ...given, verificationMaterial: { certificate: { rawBytes: "" } } }) },
      /only its trusted root and log can verify/,
    ],
    [
      "that names another key",
      { bundle: (given) => ({ ...given, verificationMaterial: { publicKey: { hint: "ab" } } }) },
      /names the key ab, which is not one of the trusted keys/,
    ],
  ])("%s is refused", async (_, change, message) => {
    await expect(open(modelSignature({ files: FILES, privateKey, ...change }), publicKey)).rejects.toThrow(message);
  });

  test("of another key is refused, whether it is named or not", async () => {
    const text = modelSignature({ files: FILES, privateKey: stranger.privateKey });
    await expect(open(text, publicKey)).rejects.toThrow(/names the key .* not one of the trusted keys/);
    const unnamed = (given: object) => ({ ...given, verificationMaterial: { publicKey: {} } });
    const without = modelSignature({ files: FILES, privateKey: stranger.privateKey, bundle: unnamed });
    await expect(open(without, publicKey)).rejects.toThrow(/another key has made it/);
  });
});

describeRequiring(requireCommands("openssl"), "a model's signature with a certificate", () => {
  let root: Certified;
  beforeAll(async () => {
    root = await certificate({ extensions: AUTHORITY });
  });

  const signedBy = ({ privateKey, certificate: own }: Certified, ...between: readonly Certified[]) =>
    modelSignature({ files: FILES, privateKey, certificates: [own, ...between.map((each) => each.certificate)] });

  test("is verified by the authority's, by one between, and by its own", async () => {
    const between = await certificate({ extensions: AUTHORITY, issuer: root });
    const signer = await certificate({ extensions: SIGNER, issuer: between });
    for (const trusted of [root, between, signer]) {
      expect((await open(signedBy(signer, between), trusted.certificate)).name).toBe("models");
    }
    await expect(open(signedBy(signer), root.certificate)).rejects.toThrow(/no chain leads from its certificate/);
    await expect(open(signedBy(signer, between), keyPair("P-256").publicKey)).rejects.toThrow(/none is trusted here/);
  });

  test("is not verified by a key, nor a signature with a key by a certificate", async () => {
    const { privateKey, publicKey } = keyPair("P-256");
    const withKey = modelSignature({ files: FILES, privateKey });
    await expect(open(withKey, root.certificate)).rejects.toThrow(/signed with a key, and none is trusted here/);
    const signer = await certificate({ extensions: SIGNER, issuer: root });
    await expect(open(signedBy(signer), publicKey)).rejects.toThrow(/signed with a certificate, and none is trusted/);
  });

  test("stays good when the signer's certificate has ended, and not before it has begun", async () => {
    const ended = await certificate({
      extensions: SIGNER,
      issuer: root,
      validity: ["20260101000000Z", "20260201000000Z"],
    });
    expect((await open(signedBy(ended), root.certificate)).name).toBe("models");
    const later = await certificate({
      extensions: SIGNER,
      issuer: root,
      validity: ["20270101000000Z", "20280101000000Z"],
    });
    await expect(open(signedBy(later), root.certificate)).rejects.toThrow(/later than now/);
  });

  test.each<[string, () => Promise<readonly Certified[]>, RegExp]>([
    [
      "of another authority",
      async () => [await ofIssuer(await certificate({ extensions: AUTHORITY }))],
      /no chain leads/,
    ],
    [
      "of an authority that had ended",
      async () => {
        const validity = ["20250101000000Z", "20250201000000Z"] as const;
        const between = await certificate({ extensions: AUTHORITY, issuer: root, validity });
        return [
          await certificate({ extensions: SIGNER, issuer: between, validity: ["20260101000000Z", "20270101000000Z"] }),
          between,
        ];
      },
      /no chain leads/,
    ],
    [
      "of a signer that is no authority",
      async () => {
        const signer = await ofIssuer(root);
        return [await certificate({ extensions: SIGNER, issuer: signer }), signer];
      },
      /no chain leads/,
    ],
    [
      "of an authority that may not certify others",
      async () => {
        const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature"];
        const between = await certificate({ extensions, issuer: root });
        return [await ofIssuer(between), between];
      },
      /no chain leads/,
    ],
    [
      "with more authorities between than one permits",
      async () => {
        const extensions = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"];
        const upper = await certificate({ extensions, issuer: root });
        const lower = await certificate({ extensions: AUTHORITY, issuer: upper });
        return [await ofIssuer(lower), lower, upper];
      },
      /no chain leads/,
    ],
    [
      "of a server",
      async () => [await certificate({ extensions: [...SIGNER, "extendedKeyUsage=serverAuth"], issuer: root })],
      /not meant for signing code/,
    ],
    [
      "without a usage",
      async () => [await certificate({ extensions: ["basicConstraints=CA:FALSE"], issuer: root })],
      /not meant for digital signatures/,
    ],
    [
      "with a usage that cannot be read",
      async () => [await certificate({ extensions: ["2.5.29.15=DER:04:01:00"], issuer: root })],
      /a certificate cannot be read/,
    ],
    [
      "with a critical extension that is unknown",
      async () => [await certificate({ extensions: [...SIGNER, "1.2.3.4=critical,ASN1:UTF8:x"], issuer: root })],
      /critical extension/,
    ],
  ])("%s is refused", async (_, chain, message) => {
    const [signer, ...between] = await chain();
    if (signer === undefined) throw new Error("there is no signer");
    await expect(open(signedBy(signer, ...between), root.certificate)).rejects.toThrow(message);
  });

  async function ofRsa(bits: number): Promise<string> {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
    const path = join(directory.path, `rsa-${bits}.pem`);
    await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return path;
  }

  test("may have an authority with RSA of 2048 bits, and not of fewer", async () => {
    const strong = await certificate({ extensions: AUTHORITY, issuer: root, key: await ofRsa(2048) });
    expect((await open(signedBy(await ofIssuer(strong), strong), root.certificate)).name).toBe("models");
    const weak = await certificate({ extensions: AUTHORITY, issuer: root, key: await ofRsa(1024) });
    const signer = await ofIssuer(weak);
    for (const trusted of [root, weak])
      await expect(open(signedBy(signer, weak), trusted.certificate)).rejects.toThrow(/RSA key of less than 2048 bits/);
  });

  test("may have an authority that names signing code among its purposes, and none that does not", async () => {
    const certifying = (purposes: string) =>
      certificate({ extensions: [...AUTHORITY, `extendedKeyUsage=${purposes}`], issuer: root });
    const code = await certifying("serverAuth,codeSigning");
    expect((await open(signedBy(await ofIssuer(code), code), root.certificate)).name).toBe("models");
    const server = await certifying("serverAuth");
    const signer = await ofIssuer(server);
    for (const trusted of [root, server])
      await expect(open(signedBy(signer, server), trusted.certificate)).rejects.toThrow(/no chain leads/);
  });

  const ofIssuer = (issuer: Certified) => certificate({ extensions: SIGNER, issuer });

  test("is come to once, however many issue each other, and a ninth is refused", async () => {
    const upper = await certificate({ extensions: AUTHORITY });
    const key = upper.keyFile;
    const same: Certified[] = [];
    for (let at = 0; at < 3; at += 1)
      same.push(await certified(directory.path, "same", { extensions: AUTHORITY, key }));
    const [issuer] = same;
    if (issuer === undefined) throw new Error("there is no issuer");
    const signer = await ofIssuer(issuer);
    const verify = vi.spyOn(X509Certificate.prototype, "verify");
    try {
      await expect(open(signedBy(signer, ...same), root.certificate)).rejects.toThrow(/no chain leads/);
      expect(verify.mock.calls.length).toBeGreaterThan(0);
      expect(verify.mock.calls.length).toBeLessThanOrEqual(8 * 8);
    } finally {
      verify.mockRestore();
    }
    const known = await ofIssuer(root);
    const others = Array.from({ length: 7 }, () => upper);
    expect((await open(signedBy(known, ...others), root.certificate)).name).toBe("models");
    const tooMany = open(signedBy(known, ...others, upper), root.certificate);
    await expect(tooMany).rejects.toThrow(/it has 9 certificates, which are more than 8/);
  });

  test("for signing code is accepted", async () => {
    const signer = await certificate({ extensions: [...SIGNER, "extendedKeyUsage=codeSigning"], issuer: root });
    expect((await open(signedBy(signer), root.certificate)).files.get("xgb.onnx")).toBe(FILES["xgb.onnx"]);
  });

  test("whose key did not sign is refused", async () => {
    const signer = await ofIssuer(root);
    const text = modelSignature({
      files: FILES,
      privateKey: keyPair("P-256").privateKey,
      certificates: [signer.certificate],
    });
    await expect(open(text, root.certificate)).rejects.toThrow(/another key has made it/);
  });

  test("that is no certificate is refused", async () => {
    const rawBytes = Buffer.from("none").toString("base64");
    const bundle = (given: object) => ({
      ...given,
      verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes }] } },
    });
    const text = modelSignature({ files: FILES, privateKey: root.privateKey, bundle });
    await expect(open(text, root.certificate)).rejects.toThrow(/a certificate cannot be read/);
  });
});
