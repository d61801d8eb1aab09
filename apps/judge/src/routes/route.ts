import type { JudgeServerRequest } from "@qsc/rollout";
import type { z } from "zod";
import type { Answer } from "../http/answer.js";
import type { Call } from "../http/call.js";
import type { Slots } from "../http/slots.js";
import type { Holder, Scope, Tokens } from "../http/tokens.js";
import type { Limits } from "../limits.js";

/** What the routes work with. */
export interface Judge {
  readonly request: JudgeServerRequest;
  readonly limits: Limits;
  /** Null: no token is asked for. */
  readonly tokens: Tokens | null;
  readonly judgementSlots: Slots;
  readonly verdictSlots: Slots;
  readonly metrics: () => Promise<string>;
  readonly openapi: () => string;
  /** Whether a token may do what a route does; counts the request. @throws Refusal */
  readonly admit: (token: string | null, scope: Scope) => Holder | null;
}

/** An answer of a route, for its description. */
interface Described {
  readonly means: string;
  /** Null: the body is not JSON. */
  readonly schema: z.ZodType | null;
}

/** One route: all that is known of it. */
export interface Route {
  readonly method: "GET" | "POST";
  /** With its variable parts in braces. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** What its token must permit; null: it is open. `in the body`: Flagger sends its token there. */
  readonly scope: Scope | null;
  readonly tokenIn: "header" | "body";
  readonly pathParameters: z.ZodObject | null;
  readonly query: z.ZodObject | null;
  /** The types of its body, and what it holds. */
  readonly body: { readonly types: Readonly<Record<string, z.ZodType | null>> } | null;
  /** Its answers besides the refusals that every route has. */
  readonly answers: Readonly<Record<number, Described>>;
  readonly run: (call: Call, judge: Judge) => Promise<Answer>;
}
