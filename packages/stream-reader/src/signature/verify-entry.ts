import { createHmac, timingSafeEqual, verify } from "node:crypto";
import { compareIds, idTime, parseEntryId, type EntryId, type Rejection } from "@qsc/contract";
import type { RawEntry } from "../ports/source.js";
import type { SignatureKey } from "./key-files.js";
import { SIGNATURE_FIELD, signedText, type SignatureHead } from "./signed-text.js";

/** Rejects an entry that no known key has signed; null for one that a known key has signed. */
export type Verifier = (entry: RawEntry) => Rejection | null;

const FORM = /^1:(hmac-sha256|ed25519):([\da-f]{16}):(\d{1,20}-\d{1,20}):([\w-]{1,128})$/;
/**
 * An entry may be written under a later ID than it was signed for, if another writer came first. A copy that is added
 * later than this is refused. Within this time, a copy only repeats a very recent decision.
 */
export const MOST_MOVED_MS = 60_000;

/** A verifier for entries of one stream. Any one of the keys is enough. */
export function entryVerifier(stream: string, keys: readonly SignatureKey[]): Verifier {
  const byId = new Map(keys.map((key) => [`${key.algorithm} ${key.id}`, key]));
  return (entry) => {
    const { id, place, fields } = entry;
    const given = valuesOf(fields);
    if (given.length === 0) {
      return {
        kind: "rejected",
        id,
        place,
        reason: "signature_missing",
        detail: "the entry has no signature, but must be signed with the engine's key",
      };
    }
    const fault = faultOf(id, fields, given, stream, byId);
    return fault === null ? null : { kind: "rejected", id, place, reason: "signature_invalid", detail: fault };
  };
}

function valuesOf(fields: readonly string[]): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === SIGNATURE_FIELD) values.push(fields[at + 1] ?? "");
  return values;
}

/** What is wrong with a signature; null if nothing is. */
function faultOf(
  id: EntryId,
  fields: readonly string[],
  [given = "", ...others]: readonly string[],
  stream: string,
  keys: ReadonlyMap<string, SignatureKey>,
): string | null {
  if (others.length > 0) return "the entry has more than one signature";
  if (fields.length % 2 !== 0) return "the last field of the entry has no value";
  const [, algorithm = "", keyId = "", signedId = "", signature = ""] = FORM.exec(given) ?? [];
  const signedFor = parseEntryId(signedId);
  if (signedFor === null) return "the signature has an unknown form";
  const key = keys.get(`${algorithm} ${keyId}`);
  if (key === undefined) return `the key ${keyId} (${algorithm}) is not one of the trusted keys`;
  const text = signedText(stream, { algorithm: key.algorithm, keyId: key.id, id: signedFor }, fields);
  if (!isSignature(text, signature, key)) return `the signature does not match this entry in the stream '${stream}'`;
  return placeFault(id, signedFor);
}

function isSignature(text: string, given: string, { algorithm, key }: SignatureKey): boolean {
  const bytes = Buffer.from(given, "base64url");
  if (algorithm === "ed25519") return verify(null, Buffer.from(text), key, bytes);
  const expected = createHmac("sha256", key).update(text).digest();
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function placeFault(id: EntryId, signedFor: SignatureHead["id"]): string | null {
  if (compareIds(id, signedFor) < 0) return `it was signed for a later ID, ${signedFor}`;
  const movedMs = idTime(id) - idTime(signedFor);
  return movedMs <= MOST_MOVED_MS
    ? null
    : `it was signed for ${signedFor} but was written ${movedMs} ms later: it is a copy, or its writer was delayed`;
}
