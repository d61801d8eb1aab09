import { SignatureError } from "./signature-error.js";
import type { SigningKey, VerificationKey } from "./keys.js";

/** An envelope of DSSE 1.0 (github.com/secure-systems-lab/dsse), as it stands in JSON. */
export interface DsseEnvelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly DsseSignature[];
}

/** One signature of an envelope. */
export interface DsseSignature {
  /** Which key; empty or missing if the signer does not say. */
  readonly keyid?: string;
  /** Base64. */
  readonly sig: string;
}

/** What an envelope holds, once every signature of it is known to be right. */
export interface OpenedEnvelope {
  readonly payload: Uint8Array;
  /** The keys that have signed it, in the order of the signatures. */
  readonly keyIds: readonly string[];
}

/** Puts a payload into an envelope, and signs it. */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: SigningKey): DsseEnvelope {
  const sig = Buffer.from(key.sign(signedBytes(payloadType, payload))).toString("base64");
  return { payloadType, payload: Buffer.from(payload).toString("base64"), signatures: [{ keyid: key.id, sig }] };
}

/**
 * The payload of an envelope. Stricter than DSSE, which is content with one good signature: there is at least one, and
 * each one must be of a key that is trusted, and of another one than the others.
 * @throws SignatureError that says what is wrong
 */
export function openEnvelope(
  envelope: DsseEnvelope,
  payloadType: string,
  keys: readonly VerificationKey[],
): OpenedEnvelope {
  if (keys.length === 0) throw new SignatureError("no key is named to verify it with");
  if (envelope.payloadType !== payloadType)
    throw new SignatureError(`its payload type is '${envelope.payloadType}', not '${payloadType}'`);
  const payload = bytesOf(envelope.payload, "payload");
  const bytes = signedBytes(payloadType, payload);
  if (envelope.signatures.length === 0) throw new SignatureError("it has no signature");
  const keyIds = envelope.signatures.map((signature, at) => signerOf(signature, bytes, keys, at));
  if (new Set(keyIds).size < keyIds.length) throw new SignatureError("a key has signed it twice");
  return { payload, keyIds };
}

function signerOf(
  { keyid = "", sig }: DsseSignature,
  bytes: Uint8Array,
  keys: readonly VerificationKey[],
  at: number,
): string {
  const which = `signature ${at + 1}`;
  const named = keys.filter(({ id }) => keyid === "" || keyid === id);
  if (named.length === 0)
    throw new SignatureError(`${which} names the key ${keyid}, which is not one of the trusted keys`);
  const signature = bytesOf(sig, which);
  const signer = named.find((key) => key.verifies(bytes, signature));
  if (signer !== undefined) return signer.id;
  throw new SignatureError(
    `${which} is not one of ${named.map(({ id }) => id.slice(0, 16)).join(" or ")} for this payload: another key has made it, or the payload was changed`,
  );
}

/** What is signed: the "pre-authentication encoding" of DSSE. */
function signedBytes(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The bytes of a Base64 text. Node alone would skip what is not Base64. */
function bytesOf(base64: string, what: string): Uint8Array {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== base64)
    throw new SignatureError(`its ${what} is empty, or not Base64`);
  return bytes;
}
