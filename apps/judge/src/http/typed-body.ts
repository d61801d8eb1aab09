import type { IncomingMessage } from "node:http";
import { parseDistinct } from "@qsc/contract";
import type { Limits } from "../limits.js";
import { bodyOf } from "./body.js";
import type { Call } from "./call.js";
import { inTime } from "./in-time.js";
import { Refusal } from "./refusal.js";

/** The small body of a question, which is JSON, and comes soon: Flagger's has the token. @throws Refusal */
export async function jsonBody(
  call: Call,
  { questionBytes, questionMs }: Pick<Limits, "questionBytes" | "questionMs">,
): Promise<unknown> {
  requireType(call.request, ["application/json"]);
  const late = AbortSignal.timeout(questionMs);
  const parts = await inTime(partsOf(call, questionBytes), late).catch((thrown: unknown) => {
    if (!late.aborted) throw thrown;
    throw new Refusal("request_timeout", "The body was not sent in time: nothing of it was judged.");
  });
  try {
    return parseDistinct(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)));
  } catch {
    throw new Refusal("request_invalid", "The body is not JSON in UTF-8 in which each key occurs once.");
  }
}

async function partsOf(call: Call, most: number): Promise<readonly Buffer[]> {
  const parts: Buffer[] = [];
  for await (const chunk of bodyOf(call, { bodyBytes: most, textBytes: most })) parts.push(chunk);
  return parts;
}

/** The type of a body, without its parameters. @throws Refusal `type_not_accepted` */
export function requireType<Type extends string>({ headers }: IncomingMessage, accepted: readonly Type[]): Type {
  const [given = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const found = accepted.find((type) => type === given.trim());
  const isOther = parameters.some((each) => /^\s*charset\s*=/.test(each) && !/=\s*"?utf-?8"?\s*$/.test(each));
  if (found !== undefined && !isOther) return found;
  throw new Refusal("type_not_accepted", `Send the body as ${accepted.join(" or ")}, in UTF-8.`);
}
