import type { IncomingMessage } from "node:http";
import { parseDistinct } from "@qsc/contract";
import type { z } from "zod";
import { bodyOf } from "./body.js";
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

/** The small body of a question, which is JSON. @throws Refusal */
export async function jsonBody(call: Call, most: number): Promise<unknown> {
  requireType(call.request, ["application/json"]);
  const parts: Buffer[] = [];
  for await (const chunk of bodyOf(call, { bodyBytes: most, textBytes: most })) parts.push(chunk);
  try {
    return parseDistinct(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)));
  } catch {
    throw new Refusal("request_invalid", "The body is not JSON in UTF-8 in which each key occurs once.");
  }
}

/** The type of a body, without its parameters. @throws Refusal `type_not_accepted` */
export function requireType<Type extends string>({ headers }: IncomingMessage, accepted: readonly Type[]): Type {
  const [given = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const found = accepted.find((type) => type === given.trim());
  const isOther = parameters.some((each) => /^\s*charset\s*=/.test(each) && !/=\s*"?utf-?8"?\s*$/.test(each));
  if (found !== undefined && !isOther) return found;
  throw new Refusal("type_not_accepted", `Send the body as ${accepted.join(" or ")}, in UTF-8.`);
}
