import type { ServerResponse } from "node:http";
import { inertText, QscError, type ErrorCode } from "@qsc/contract";
import { inertJson } from "@qsc/report";
import { Refusal, type RequestRefusal } from "./refusal.js";

/** A whole answer. Only that of a proven pass has a status that is a success, on every route that asks for a verdict. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  /** What was found; null for an answer that has no verdict. */
  readonly verdict: string | null;
  /** False: there was nothing to judge, or no judgement, which is not counted as a verdict. */
  readonly hasDocument?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** What failed inside, for the operator. */
  readonly fault?: unknown;
}

/** What every answer says. A stored pass would be a pass of something else. */
const ALWAYS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "referrer-policy": "no-referrer",
};

/** Errors that say that the request, and not the judge or what it reads, is at fault. */
const OF_THE_REQUEST: ReadonlySet<ErrorCode> = new Set([
  "usage",
  "invalid_option",
  "invalid_time",
  "invalid_profile",
  "unknown_column",
  "predictions_unreadable",
]);

/** An answer in JSON. */
export function json(status: number, content: object, verdict: string | null): Answer {
  return { status, body: `${inertJson(content)}\n`, verdict };
}

/** The answer to whatever was thrown in place of a verdict. Its verdict is unknown. */
export function failure(thrown: unknown): Answer {
  const { status, code, message, headers } = problemOf(thrown);
  return {
    ...json(status, { kind: "error", verdict: "unknown", pass: false, code, message: inertText(message) }, "unknown"),
    headers,
    hasDocument: false,
    ...(status === 500 && { fault: thrown }),
  };
}

/** What was thrown in place of a verdict, as clients are told of it. */
export interface Problem {
  readonly status: number;
  readonly code: RequestRefusal | ErrorCode;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A fault of the judge itself is told to the operator alone. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof QscError && thrown.code !== "internal")
    return {
      status: thrown.code === "unknown_model" ? 404 : OF_THE_REQUEST.has(thrown.code) ? 400 : 502,
      code: thrown.code,
      message: thrown.message,
      headers: {},
    };
  return new Refusal("judge_failed", "The judge failed here; its output says why.");
}

/** Sends an answer with its length, so that one that is cut off is noticed. */
export function send(response: ServerResponse, answer: Answer, isLast: boolean): void {
  const { status, type = "application/json", body, verdict, headers = {} } = answer;
  response.writeHead(status, {
    ...ALWAYS,
    ...headers,
    ...(verdict !== null && { "qsc-verdict": verdict }),
    ...(isLast && { connection: "close" }),
    "content-type": type,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
