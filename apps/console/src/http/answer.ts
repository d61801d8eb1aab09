import type { ServerResponse } from "node:http";

/** What every answer says to a browser, whatever it is. */
const ALWAYS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

/** The policy of what is not the page: it may do nothing at all. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** The page's Content-Security-Policy; by default nothing is permitted. */
  readonly policy?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A short text, such as the reason of a refusal. */
export function words(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

/** The headers of an answer, without the length. */
export function headersOf({
  type,
  policy = NOTHING,
  headers = {},
}: Omit<Answer, "status" | "body">): Record<string, string> {
  return { ...ALWAYS, "content-security-policy": policy, "content-type": type, ...headers };
}

/** Sends an answer; to a HEAD request without its body. */
export function send(response: ServerResponse, answer: Answer, isHead: boolean): void {
  response.writeHead(answer.status, { ...headersOf(answer), "content-length": Buffer.byteLength(answer.body) });
  response.end(isHead ? undefined : answer.body);
}
