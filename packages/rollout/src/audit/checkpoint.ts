import { iso, parseDistinct, rules, type AuditAnchor, type AuditCheckpoint } from "@qsc/contract";
import {
  openEnvelope,
  readSignedFile,
  signEnvelope,
  SignatureError,
  type SigningKey,
  type VerificationKey,
} from "@qsc/contract/signing";
import { replaceFileIf } from "../host/files.js";
import type { OperationContext } from "../operation/context.js";
import type { Reason } from "../operation/document.js";
import type { Told } from "./whole.js";

/** What is signed: a JSON object with the number and hash of an entry, and when that was the newest. */
const PAYLOAD_TYPE = "application/vnd.qsc.audit-checkpoint.v1+json";
const HASH = /^[0-9a-f]{64}$/;
const CONTENT = rules.closed({
  number: rules.wholeFrom(1),
  hash: rules.ruleOf((hash) => typeof hash === "string" && HASH.test(hash), "64 hexadecimal digits"),
  at: rules.someText,
});

/** A checkpoint as it stands in its file. */
export interface ReadCheckpoint {
  /** The file's text; null if there is none. */
  readonly text: string | null;
  readonly checkpoint: AuditCheckpoint | null;
  /** Why it proves nothing; null if it does. */
  readonly against: Reason | null;
}

/** Where the checkpoint of a log is: beside it. */
export function checkpointPath(audit: string): string {
  return `${audit.replace(/\.jsonl$/, "")}.checkpoint.json`;
}

/** The newest checkpoint of the log, if one of these keys has signed it. */
export async function readCheckpoint(
  { files, paths }: OperationContext,
  keys: readonly VerificationKey[],
): Promise<ReadCheckpoint> {
  const path = checkpointPath(paths.audit);
  const text = await files.read(path);
  if (text === null) {
    const missing = `There is no checkpoint ${path}: if there has never been one, sign it with qsc audit checkpoint --first; otherwise find out who removed it, and compare the log with a copy.`;
    return { text, checkpoint: null, against: { code: "signature_missing", text: missing } };
  }
  try {
    return { text, checkpoint: opened(path, text, keys), against: null };
  } catch (thrown) {
    if (!(thrown instanceof SignatureError)) throw thrown;
    const why = `The checkpoint ${path} proves nothing: ${thrown.message}. Find out who wrote it; name the key with --public-key if it is of an earlier one.`;
    return { text, checkpoint: null, against: { code: "signature_invalid", text: why } };
  }
}

/** The checkpoint as a witness of the log. */
export function toldBy({ path, number, hash, at }: AuditCheckpoint): Told {
  return { by: `the checkpoint ${path} of ${at}`, anchor: { number, hash }, report: null };
}

/**
 * Signs the newest entry, and replaces the checkpoint that was read; leaves a file that has changed since.
 * @returns what was written; null if the file has changed
 */
export async function writeCheckpoint(
  { files, paths, judgement }: OperationContext,
  { number, hash }: AuditAnchor,
  key: SigningKey,
  before: string | null,
): Promise<AuditCheckpoint | null> {
  const path = checkpointPath(paths.audit);
  const at = iso(judgement.now());
  const payload = Buffer.from(JSON.stringify({ number, hash, at }));
  const text = `${JSON.stringify(signEnvelope(PAYLOAD_TYPE, payload, key), null, 2)}\n`;
  const isWritten = await replaceFileIf(files, path, { text }, async () => (await files.read(path)) === before);
  return isWritten ? { path, number, hash, at, keyId: key.id } : null;
}

function opened(path: string, text: string, keys: readonly VerificationKey[]): AuditCheckpoint {
  const { envelope } = readSignedFile(text);
  if (text !== `${JSON.stringify(envelope, null, 2)}\n`)
    throw new SignatureError("it is not as qsc audit checkpoint wrote it");
  const { payload, keyIds } = openEnvelope(envelope, PAYLOAD_TYPE, keys);
  return { path, ...contentOf(payload), keyId: keyIds.join(", ") };
}

function contentOf(payload: Uint8Array): Omit<AuditCheckpoint, "path" | "keyId"> {
  try {
    const value = parseDistinct(Buffer.from(payload).toString("utf8"));
    CONTENT(value, "checkpoint");
    return value as Omit<AuditCheckpoint, "path" | "keyId">;
  } catch (cause) {
    throw new SignatureError("its payload is not an entry's number, hash and time", { cause });
  }
}
