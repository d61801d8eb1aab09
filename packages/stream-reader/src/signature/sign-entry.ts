import { createHmac, sign } from "node:crypto";
import type { EntryId } from "@qsc/contract";
import type { SignatureKey } from "./key-files.js";
import { SIGNATURE_FIELD, signedText } from "./signed-text.js";

/** Signs the fields of an entry for a stream and an ID. */
export type Signer = (id: EntryId, fields: readonly string[]) => readonly string[];

/**
 * A signer for entries of one stream. It signs the same entry the same way each time, so a repeated write finds what it
 * wrote.
 */
export function entrySigner(stream: string, { algorithm, id: keyId, key }: SignatureKey): Signer {
  return (id, fields) => {
    const text = signedText(stream, { algorithm, keyId, id }, fields);
    const bytes =
      algorithm === "ed25519" ? sign(null, Buffer.from(text), key) : createHmac("sha256", key).update(text).digest();
    return [...fields, SIGNATURE_FIELD, `1:${algorithm}:${keyId}:${id}:${bytes.toString("base64url")}`];
  };
}
