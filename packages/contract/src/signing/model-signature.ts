import { createHash, type X509Certificate } from "node:crypto";
import { certificatesOf, certifiedKey } from "./certificates.js";
import { openEnvelope } from "./dsse.js";
import { invalidKeyFile, readPublicFile } from "./key-files.js";
import { verificationKeyOf, type VerificationKey } from "./keys.js";
import { SignatureError } from "./signature-error.js";
import { readSignedFile, type SignedFile } from "./signed-file.js";
import { IN_TOTO_PAYLOAD_TYPE, readStatement } from "./statement.js";

/** The predicate type of OpenSSF model signing, version 1.0 (github.com/sigstore/model-transparency). */
const MODEL_PREDICATE_TYPE = "https://model_signing/signature/v1.0";
const SHA256 = /^[0-9a-f]{64}$/;

/** Whose signatures of models count. */
export interface ModelTrust {
  readonly keys: readonly VerificationKey[];
  /** Certificates of signers, or of authorities that certify them. */
  readonly certificates: readonly X509Certificate[];
}

/** A signed model: its files, by name relative to the model's directory, with the SHA-256 of each. */
export interface SignedModel {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  /** The key that has signed it. */
  readonly keyId: string;
}

/**
 * Reads PEM files with public keys or certificates.
 * @throws QscError `invalid_option` that names the file
 */
export async function readModelTrust(paths: readonly string[]): Promise<ModelTrust> {
  const keys: VerificationKey[] = [];
  const certificates: X509Certificate[] = [];
  for (const path of paths) {
    const text = await readPublicFile(path);
    try {
      if (text.includes("-----BEGIN CERTIFICATE-----")) certificates.push(...certificatesOf(text));
      else keys.push(verificationKeyOf(text));
    } catch (cause) {
      throw invalidKeyFile(path, cause);
    }
  }
  return { keys, certificates };
}

/**
 * Verifies a model's signature in the format of OpenSSF model signing: a bundle of Sigstore with an envelope, whose
 * statement lists the files. Says nothing of the files that are there.
 * @param nowMs now, in milliseconds since 1970: a certificate must have begun
 * @throws SignatureError that says what is wrong
 */
export function openModelSignature(text: string, trust: ModelTrust, nowMs: number): SignedModel {
  const signed = readSignedFile(text);
  if (signed.form !== "bundle") throw new SignatureError("it is an envelope alone, not a bundle of Sigstore");
  const { payload, keyIds } = openEnvelope(signed.envelope, IN_TOTO_PAYLOAD_TYPE, keysFor(signed, trust, nowMs));
  const { subject, predicate } = readStatement(payload, MODEL_PREDICATE_TYPE);
  const [only, ...others] = subject;
  if (only === undefined || others.length > 0) throw new SignatureError("its statement is about several models");
  const files = filesIn(predicate, only.digest["sha256"]);
  return { name: only.name, files, keyId: keyIds.join(", ") };
}

function keysFor(
  { hint, certificates }: SignedFile,
  { keys, certificates: trusted }: ModelTrust,
  nowMs: number,
): readonly VerificationKey[] {
  if (certificates !== null) {
    if (trusted.length === 0) throw new SignatureError("it is signed with a certificate, and none is trusted here");
    return [certifiedKey(certificates, trusted, nowMs)];
  }
  if (keys.length === 0) throw new SignatureError("it is signed with a key, and none is trusted here");
  const named = keys.filter(({ id }) => hint === null || id === hint);
  if (named.length === 0)
    throw new SignatureError(`it names the key ${hint ?? ""}, which is not one of the trusted keys`);
  return named;
}

/** The files of a predicate, whose hashes together must give the digest of the subject. */
function filesIn(predicate: unknown, whole: string | undefined): ReadonlyMap<string, string> {
  const { serialization, resources } = members(predicate, "predicate");
  const { method, hash_type: hashType } = members(serialization, "'serialization'");
  if (method !== "files" || hashType !== "sha256")
    throw new SignatureError(
      "its files are not hashed whole with SHA-256: sign with --serialization files, or by default",
    );
  if (!Array.isArray(resources) || resources.length === 0) throw new SignatureError("it lists no files");
  const hash = createHash("sha256");
  const files = new Map<string, string>();
  for (const each of resources) {
    const { name, algorithm, digest } = members(each, "a file");
    if (typeof name !== "string" || algorithm !== "sha256" || typeof digest !== "string" || !SHA256.test(digest))
      throw new SignatureError("a file of it has no name or no SHA-256");
    if (files.has(name)) throw new SignatureError(`the file ${name} is there twice`);
    files.set(name, digest);
    hash.update(Buffer.from(digest, "hex"));
  }
  if (hash.digest("hex") !== whole)
    throw new SignatureError("the digest of its subject is not that of the files that it lists");
  return files;
}

function members(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new SignatureError(`its ${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}
