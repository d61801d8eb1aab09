import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { SignatureError } from "./signature-error.js";

/** The hash that a signature of a curve is made of; null for Ed25519, which hashes by itself. */
const HASHES: ReadonlyMap<string, string | null> = new Map([
  ["ed25519", null],
  ["prime256v1", "sha256"],
  ["secp384r1", "sha384"],
  ["secp521r1", "sha512"],
]);
/** The curves that this tool signs with. */
const SIGNING = ["ed25519", "prime256v1"];
const REMEDY = "make a pair with openssl genpkey -algorithm ed25519";

/** A key that verifies signatures. */
export interface VerificationKey {
  /** The SHA-256 of the public key's PEM form, as `sha256sum` prints it of a file that openssl has written. */
  readonly id: string;
  /** Whether the key has signed these bytes. */
  readonly verifies: (bytes: Uint8Array, signature: Uint8Array) => boolean;
}

/** A key that signs. */
export interface SigningKey {
  /** The same as that of its public half. */
  readonly id: string;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** Its public half. */
  readonly verification: VerificationKey;
}

/**
 * A private key: Ed25519 or ECDSA P-256.
 * @throws SignatureError for another key, or none
 */
export function signingKeyOf(pem: string): SigningKey {
  const key = made(() => createPrivateKey(pem), "a private key (PEM) without a password");
  const curve = curveOf(key);
  if (!SIGNING.includes(curve)) throw new SignatureError(`holds a key of ${curve}, not Ed25519 or P-256: ${REMEDY}`);
  const verification = verificationKeyFrom(createPublicKey(key));
  return {
    id: verification.id,
    sign: (bytes) => sign(HASHES.get(curve) ?? null, bytes, key),
    verification,
  };
}

/**
 * A public key: Ed25519, or ECDSA on P-256, P-384 or P-521.
 * @throws SignatureError for another key, or none; for a private key, which has no place with who verifies
 */
export function verificationKeyOf(pem: string): VerificationKey {
  if (pem.includes("PRIVATE KEY"))
    throw new SignatureError("holds a private key: name its public key (openssl pkey -in KEY -pubout)");
  if (pem.includes("CERTIFICATE")) throw new SignatureError("holds a certificate, not a public key");
  return verificationKeyFrom(made(() => createPublicKey(pem), "a public key (PEM)"));
}

/** The same for a key of a certificate. @throws SignatureError for a key of another kind */
export function verificationKeyFrom(key: KeyObject): VerificationKey {
  const curve = curveOf(key);
  const hash = HASHES.get(curve);
  if (hash === undefined) throw new SignatureError(`holds a key of ${curve}, not Ed25519, P-256, P-384 or P-521`);
  const id = createHash("sha256")
    .update(key.export({ type: "spki", format: "pem" }))
    .digest("hex");
  return { id, verifies: (bytes, signature) => verify(hash, bytes, key, signature) };
}

function made(make: () => KeyObject, what: string): KeyObject {
  try {
    return make();
  } catch (cause) {
    throw new SignatureError(`is not ${what}: ${REMEDY}`, { cause });
  }
}

function curveOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === "ec") return asymmetricKeyDetails?.namedCurve ?? "an unknown curve";
  return asymmetricKeyType ?? "an unknown kind";
}
