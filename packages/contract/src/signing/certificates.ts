import { X509Certificate } from "node:crypto";
import { certificateParts, contentIn, hexOf, sequenceIn, type CertificateParts } from "./der.js";
import { verificationKeyFrom, type VerificationKey } from "./keys.js";
import { SignatureError } from "./signature-error.js";

const KEY_USAGE = "551d0f";
const BASIC_CONSTRAINTS = "551d13";
const EXTENDED_KEY_USAGE = "551d25";
const ALTERNATIVE_NAMES = "551d11";
const NAME_CONSTRAINTS = "551d1e";
const CODE_SIGNING = "2b06010505070303";
/** Those that are understood, so that they may be critical. */
const UNDERSTOOD = [KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, ALTERNATIVE_NAMES];
/** ECDSA and RSA with SHA-256, SHA-384 or SHA-512, and Ed25519: nothing that can be forged. */
const ALGORITHMS = [
  ...["2a8648ce3d040302", "2a8648ce3d040303", "2a8648ce3d040304"],
  ...["2a864886f70d01010b", "2a864886f70d01010c", "2a864886f70d01010d", "2b6570"],
];
const DIGITAL_SIGNATURE = 0x80;
const CERTIFICATE_SIGNING = 0x04;
const [BOOLEAN, INTEGER, BITS] = [0x01, 0x02, 0x03];
/** The most certificates of a signature, the signer's included: each one costs time before anything is trusted. */
const MOST_CERTIFICATES = 8;
const LEAST_RSA_BITS = 2048;

/** The certificates in a PEM text. @throws SignatureError if there is none that can be read */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new SignatureError("holds no certificate (PEM)");
  return blocks.map((block) => certificateFrom(block));
}

/**
 * The key of the first certificate, if a chain of the others leads to one that is trusted, or if it is trusted itself.
 * As OpenSSF's format wants it, the chain is judged as of the beginning of the signer's certificate, so that a signature
 * stays good when that ends. Nothing is asked whether it was revoked: that needs the network.
 * @throws SignatureError that says what is wrong
 */
export function certifiedKey(
  chain: readonly Uint8Array[],
  trusted: readonly X509Certificate[],
  nowMs: number,
): VerificationKey {
  try {
    return keyOfChain(chain, trusted, nowMs);
  } catch (thrown) {
    // An extension or a key that has another form than its kind has.
    throw thrown instanceof SignatureError ? thrown : unreadable(thrown);
  }
}

function keyOfChain(chain: readonly Uint8Array[], trusted: readonly X509Certificate[], nowMs: number): VerificationKey {
  if (chain.length > MOST_CERTIFICATES)
    throw new SignatureError(`it has ${chain.length} certificates, which are more than ${MOST_CERTIFICATES}`);
  const [signer, ...others] = chain.map((der) => certificateFrom(der));
  if (signer === undefined) throw new SignatureError("its chain of certificates is empty");
  requireSigner(signer);
  const { fromMs } = validityOf(signer);
  if (!(fromMs <= nowMs))
    throw new SignatureError(`its certificate is valid from ${signer.validFrom} on, which is later than now`);
  if (!isTrusted(signer, trusted) && !leadsTo(signer, others, trusted, fromMs))
    throw new SignatureError(
      `no chain leads from its certificate (${nameOf(signer)}) to one that is trusted and was valid at ${signer.validFrom}`,
    );
  return verificationKeyFrom(signer.publicKey);
}

/**
 * Whether an issuer of a certificate is trusted, or has an issuer that is. Each certificate is come to once, with as few
 * authorities before it as there can be, which is what a limit of its path permits first.
 */
function leadsTo(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  atMs: number,
): boolean {
  let left = others;
  let reached: readonly X509Certificate[] = [certificate];
  for (let depth = 0; reached.length > 0; depth += 1) {
    const hasIssuedOne = (issuer: X509Certificate) => reached.some((each) => hasIssued(issuer, each, atMs, depth));
    if (trusted.some(hasIssuedOne)) return true;
    const next = left.filter(hasIssuedOne);
    left = left.filter((each) => !next.includes(each));
    reached = next;
  }
  return false;
}

/** @param depth how many authorities stand between the issuer and the signer */
function hasIssued(issuer: X509Certificate, certificate: X509Certificate, atMs: number, depth: number): boolean {
  if (!certificate.checkIssued(issuer) || !issuer.ca || !certificate.verify(issuer.publicKey)) return false;
  const { fromMs, toMs } = validityOf(issuer);
  const { extensions } = partsOf(issuer);
  const usage = extensions.get(KEY_USAGE);
  return (
    fromMs <= atMs &&
    atMs <= toMs &&
    depth <= longestPath(extensions) &&
    permitsCode(extensions) &&
    (usage === undefined || (usageOf(usage.value) & CERTIFICATE_SIGNING) !== 0)
  );
}

/** It must be meant for signatures; for code, if it says what for at all. A server's certificate is not. */
function requireSigner(signer: X509Certificate): void {
  const { extensions } = partsOf(signer);
  const usage = extensions.get(KEY_USAGE);
  if (usage === undefined || (usageOf(usage.value) & DIGITAL_SIGNATURE) === 0)
    throw new SignatureError(`its certificate (${nameOf(signer)}) is not meant for digital signatures`);
  if (!permitsCode(extensions))
    throw new SignatureError(`its certificate (${nameOf(signer)}) is not meant for signing code`);
}

/** Whether a certificate is meant for signing code, or does not say what for. */
function permitsCode(extensions: CertificateParts["extensions"]): boolean {
  const purposes = extensions.get(EXTENDED_KEY_USAGE);
  return purposes === undefined || sequenceIn(purposes.value).some(({ content }) => hexOf(content) === CODE_SIGNING);
}

/** The parts of a certificate, all of which are understood. */
function partsOf(certificate: X509Certificate): CertificateParts {
  const { asymmetricKeyType = "", asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType.startsWith("rsa") && !((asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA_BITS))
    throw new SignatureError(
      `the certificate ${nameOf(certificate)} has an RSA key of less than ${LEAST_RSA_BITS} bits`,
    );
  const parts = certificateParts(certificate.raw);
  const unknown = [...parts.extensions].find(([id, { isCritical }]) => isCritical && !UNDERSTOOD.includes(id));
  if (unknown !== undefined || parts.extensions.has(NAME_CONSTRAINTS) || !ALGORITHMS.includes(parts.algorithm))
    throw new SignatureError(
      `the certificate ${nameOf(certificate)} has a critical extension, constraints on names, or a signature of a kind that is not known here`,
    );
  return parts;
}

function longestPath(extensions: CertificateParts["extensions"]): number {
  const constraints = extensions.get(BASIC_CONSTRAINTS);
  if (constraints === undefined) return 0;
  const [, length] = sequenceIn(constraints.value).filter(({ tag }) => tag === BOOLEAN || tag === INTEGER);
  return length === undefined ? MOST_CERTIFICATES : Number.parseInt(hexOf(length.content), 16);
}

/** The first eight bits of a key's usage. */
function usageOf(value: Uint8Array): number {
  return contentIn(value, BITS)[1] ?? 0;
}

function validityOf({ validFrom, validTo }: X509Certificate): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.parse(validFrom), toMs: Date.parse(validTo) };
}

function isTrusted({ raw }: X509Certificate, trusted: readonly X509Certificate[]): boolean {
  return trusted.some((each) => each.raw.equals(raw));
}

function nameOf({ subject, fingerprint256 }: X509Certificate): string {
  return `${subject.replaceAll("\n", ", ")}, SHA-256 ${fingerprint256.replaceAll(":", "").toLowerCase().slice(0, 16)}`;
}

function certificateFrom(content: Uint8Array | string): X509Certificate {
  try {
    const certificate = new X509Certificate(content);
    certificateParts(certificate.raw);
    return certificate;
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): SignatureError {
  return new SignatureError("a certificate cannot be read", { cause });
}
