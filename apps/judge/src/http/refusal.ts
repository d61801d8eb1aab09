/**
 * Every way in which a request is refused before anything was judged: its status, and what it means. Clients see the
 * code; none of the statuses is a success, whatever the client takes for one.
 */
export const REQUEST_REFUSALS = {
  request_invalid: { status: 400, means: "The path, a parameter or the body is not what the route takes" },
  request_cut_off: { status: 400, means: "The body ended before its end, or is gzip that does" },
  token_refused: { status: 401, means: "The token is missing or wrong" },
  scope_missing: { status: 403, means: "The token has not the scope that the route needs" },
  not_found: { status: 404, means: "There is no such route" },
  method_not_allowed: { status: 405, means: "The route has another method" },
  request_timeout: { status: 408, means: "The body was not sent in time" },
  body_too_large: {
    status: 413,
    means: "The body is too large, as it is sent or after decompression, or has too many predictions to be sorted",
  },
  type_not_accepted: { status: 415, means: "The body has a type or compression that the route does not read" },
  host_not_known: { status: 421, means: "A judge without tokens is called by another name than this machine's own" },
  rate_exceeded: { status: 429, means: "The token has sent more requests than its rate allows" },
  judge_failed: { status: 500, means: "The judge itself failed; its output says why" },
  judge_busy: { status: 503, means: "Too many requests are under way" },
  judge_ending: { status: 503, means: "The judge is ending" },
  judge_late: { status: 504, means: "There was no verdict in time" },
} as const;

export type RequestRefusal = keyof typeof REQUEST_REFUSALS;

/** A request that is not answered with a verdict. Its message says what is wrong with which value, and what to do. */
export class Refusal extends Error {
  readonly code: RequestRefusal;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RequestRefusal, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return REQUEST_REFUSALS[this.code].status;
  }
}
