import { createHash, createPublicKey, sign, X509Certificate } from "node:crypto";

/** What a model's signature is made of. */
export interface ModelSignatureParts {
  /** The SHA-256 of each file, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** PEM. */
  readonly privateKey: string;
  /** The signer's certificate first (PEM); without any, the bundle names the key. */
  readonly certificates?: readonly string[];
  /** Changes the statement before it is signed. */
  readonly statement?: (statement: Readonly<Record<string, unknown>>) => object;
  /** Changes the bundle after that. */
  readonly bundle?: (bundle: Readonly<Record<string, unknown>>) => object;
}

/**
 * A signature in the format of OpenSSF model signing 1.0, made from its public description and independently of the
 * code that is tested: a bundle of Sigstore 0.3 with a DSSE envelope and an in-toto statement, indented as Python does.
 */
export function modelSignature({
  files,
  privateKey,
  certificates = [],
  statement = (given) => given,
  bundle = (given) => given,
}: ModelSignatureParts): string {
  const resources = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, digest]) => ({ algorithm: "sha256", digest, name }));
  const whole = createHash("sha256");
  for (const { digest } of resources) whole.update(Buffer.from(digest, "hex"));
  const serialization = { method: "files", hash_type: "sha256", allow_symlinks: false, ignore_paths: ["model.sig"] };
  const plain = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "models", digest: { sha256: whole.digest("hex") } }],
    predicateType: "https://model_signing/signature/v1.0",
    predicate: { serialization, resources },
  };
  const payload = Buffer.from(JSON.stringify(statement(plain), null, 2));
  const payloadType = "application/vnd.in-toto+json";
  const bytes = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
  const isEd25519 = createPublicKey(privateKey).asymmetricKeyType === "ed25519";
  const sig = sign(isEd25519 ? null : hashOf(privateKey), bytes, privateKey).toString("base64");
  const envelope = { payload: payload.toString("base64"), payloadType, signatures: [{ sig, keyid: "" }] };
  const verificationMaterial = { ...materialOf(privateKey, certificates), tlogEntries: [] };
  const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  return JSON.stringify(bundle({ mediaType, verificationMaterial, dsseEnvelope: envelope }));
}

function hashOf(privateKey: string): string {
  const { namedCurve } = createPublicKey(privateKey).asymmetricKeyDetails ?? {};
  return namedCurve === "secp521r1" ? "sha512" : namedCurve === "secp384r1" ? "sha384" : "sha256";
}

function materialOf(privateKey: string, certificates: readonly string[]): object {
  if (certificates.length === 0) {
    const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
    return { publicKey: { hint: createHash("sha256").update(pem).digest("hex") } };
  }
  const rawBytes = certificates.map((pem) => new X509Certificate(pem).raw.toString("base64"));
  return { x509CertificateChain: { certificates: rawBytes.map((each) => ({ rawBytes: each })) } };
}
