import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { Refusal } from "./refusal.js";

/** A request as a route sees it. */
export interface Call {
  readonly request: IncomingMessage;
  /** The variable parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  /** The parameters; each stands there once. */
  readonly query: Readonly<Record<string, string>>;
  /** Aborted when the client is gone, or the time is up. */
  readonly signal: AbortSignal;
  /** Asks a client for the body that waits to be asked. */
  readonly askForBody: () => void;
}

/** The parameters of a URL. @throws Refusal for one that stands there twice */
export function queryOf(text: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(text)) {
    if (found.has(key)) throw new Refusal("request_invalid", `The parameter '${key.slice(0, 60)}' stands there twice.`);
    found.set(key, value);
  }
  return Object.fromEntries(found);
}

/** A value as its schema wants it. @throws Refusal that names what is wrong */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")})`;
  throw new Refusal("request_invalid", `${what} is not what this route takes${where}: ${issue?.message ?? "invalid"}.`);
}
