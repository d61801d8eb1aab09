import { parseDistinct } from "../distinct-json.js";
import type { DsseEnvelope, DsseSignature } from "./dsse.js";
import { SignatureError } from "./signature-error.js";

/** The form of a bundle of Sigstore that is read and written: JSON, version 0.3. */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A file with a signature: an envelope, alone or in a bundle of Sigstore. */
export interface SignedFile {
  readonly form: "dsse" | "bundle";
  readonly envelope: DsseEnvelope;
  /** Which public key the bundle names; null if none. */
  readonly hint: string | null;
  /** The certificates of the bundle (DER), the signer's first; null if it has none. */
  readonly certificates: readonly Uint8Array[] | null;
}

type Members = Readonly<Record<string, unknown>>;

/** Whether a text is meant to be an envelope or a bundle, and not another document. */
export function looksSigned(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && ["payloadType", "dsseEnvelope", "mediaType"].some((key) => Object.hasOwn(value, key));
  } catch {
    return false;
  }
}

/** Reads an envelope, or a bundle that holds one. Verifies nothing. @throws SignatureError that says what is wrong */
export function readSignedFile(text: string): SignedFile {
  const value = object(parsed(text), "it");
  if (!Object.hasOwn(value, "mediaType")) {
    return { form: "dsse", envelope: envelopeIn(value), hint: null, certificates: null };
  }
  const { mediaType } = value;
  if (mediaType !== BUNDLE_MEDIA_TYPE)
    throw new SignatureError(`its media type is ${JSON.stringify(mediaType)}, not '${BUNDLE_MEDIA_TYPE}'`);
  const material = object(value["verificationMaterial"], "'verificationMaterial'");
  if (Object.hasOwn(material, "certificate"))
    throw new SignatureError(
      "it has a certificate of Sigstore's service, which only its trusted root and log can verify: sign with a key, or with a certificate of your own",
    );
  return {
    form: "bundle",
    envelope: envelopeIn(object(value["dsseEnvelope"], "'dsseEnvelope'")),
    hint: hintIn(material),
    certificates: certificatesIn(material),
  };
}

/** An envelope as a bundle of Sigstore with the key's name. */
export function bundleOf(envelope: DsseEnvelope, hint: string): object {
  const verificationMaterial = { publicKey: { hint }, tlogEntries: [] };
  return { mediaType: BUNDLE_MEDIA_TYPE, verificationMaterial, dsseEnvelope: envelope };
}

function envelopeIn({ payloadType, payload, signatures }: Members): DsseEnvelope {
  if (!Array.isArray(signatures)) throw new SignatureError("its 'signatures' are not a list");
  return {
    payloadType: text(payloadType, "'payloadType'"),
    payload: text(payload, "'payload'"),
    signatures: signatures.map((each, at): DsseSignature => {
      const { keyid = null, sig } = object(each, `'signatures[${at}]'`);
      return { keyid: keyid === null ? "" : text(keyid, "'keyid'"), sig: text(sig, "'sig'") };
    }),
  };
}

function hintIn(material: Members): string | null {
  if (!Object.hasOwn(material, "publicKey")) return null;
  const { hint = null } = object(material["publicKey"], "'publicKey'");
  return hint === null || hint === "" ? null : text(hint, "'hint'");
}

function certificatesIn(material: Members): readonly Uint8Array[] | null {
  if (!Object.hasOwn(material, "x509CertificateChain")) return null;
  const { certificates } = object(material["x509CertificateChain"], "'x509CertificateChain'");
  if (!Array.isArray(certificates) || certificates.length === 0)
    throw new SignatureError("its chain of certificates is empty");
  return certificates.map((each, at) =>
    Buffer.from(text(object(each, `'certificates[${at}]'`)["rawBytes"], "'rawBytes'"), "base64"),
  );
}

function parsed(json: string): unknown {
  try {
    return parseDistinct(json);
  } catch (cause) {
    throw new SignatureError(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function object(value: unknown, what: string): Members {
  if (!isObject(value)) throw new SignatureError(`${what} is not an object`);
  return value;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new SignatureError(`its ${what} is not a text`);
  return value;
}
