import { parseDistinct } from "../distinct-json.js";
import { SignatureError } from "./signature-error.js";

/** The payload type of a statement in an envelope. */
export const IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** The type of a statement (github.com/in-toto/attestation, version 1). */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** What a statement is about. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** An in-toto statement: a predicate about subjects, which are named by their digests. */
export interface Statement {
  readonly _type: string;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/**
 * The statement in the payload of an envelope.
 * @throws SignatureError for another form, or another type of predicate
 */
export function readStatement(payload: Uint8Array, predicateType: string): Statement {
  const value = parsed(payload);
  if (typeof value !== "object" || value === null) throw new SignatureError("its payload is not a statement");
  const { _type, subject, predicateType: type, predicate } = value as Partial<Statement>;
  if (_type !== STATEMENT_TYPE)
    throw new SignatureError(`its statement has the type ${JSON.stringify(_type)}, not '${STATEMENT_TYPE}'`);
  if (type !== predicateType)
    throw new SignatureError(`its statement has the predicate type ${JSON.stringify(type)}, not '${predicateType}'`);
  if (!Array.isArray(subject) || subject.length === 0 || !subject.every(isSubject))
    throw new SignatureError("its statement has no list of subjects with names and digests");
  return { _type, subject, predicateType: type, predicate };
}

function isSubject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, digest } = value as Partial<StatementSubject>;
  if (typeof name !== "string" || typeof digest !== "object" || (digest as unknown) === null) return false;
  return Object.values(digest).every((each) => typeof each === "string");
}

function parsed(payload: Uint8Array): unknown {
  try {
    return parseDistinct(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (cause) {
    throw new SignatureError(`its payload is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
