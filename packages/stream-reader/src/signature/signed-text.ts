import type { EntryId } from "@qsc/contract";

/** The entry field that holds the signature. */
export const SIGNATURE_FIELD = "signature";

/** How an entry may be signed. */
export type SignatureAlgorithm = "hmac-sha256" | "ed25519";

/** What a signature says about itself. */
export interface SignatureHead {
  readonly algorithm: SignatureAlgorithm;
  /** Which key: the beginning of its hash. */
  readonly keyId: string;
  /** The ID that the entry was signed for. */
  readonly id: EntryId;
}

/**
 * The text that is signed, as UTF-8: a list of texts, each as `<bytes>:<text>,` (a netstring), so that no two lists
 * give the same text. It covers everything that could be changed or moved: the stream's key, the ID, and every field's
 * name and value in the order of writing, without the signature.
 */
export function signedText(stream: string, { algorithm, keyId, id }: SignatureHead, fields: readonly string[]): string {
  let text = "";
  for (const part of ["qsc-signature-1", algorithm, keyId, id, stream]) text += netstring(part);
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] !== SIGNATURE_FIELD) text += netstring(fields[at] ?? "") + netstring(fields[at + 1] ?? "");
  }
  return text;
}

function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}
