import { QscError, type ErrorCode } from "@qsc/contract";

/** What was asked, for the sentence that says why there was no answer. */
export interface Asked {
  /** The source, without a password. */
  readonly label: string;
  readonly stream: string;
  /** Set for a writer. */
  readonly writes?: true;
}

type Sentence = (asked: Asked, message: string) => string;
type Known = readonly [ErrorCode, Sentence];

/** Requests that a reader sends, and that a writer sends besides. */
const READS =
  "publish to $JS.API.STREAM.NAMES, $JS.API.STREAM.INFO.*, $JS.API.STREAM.MSG.GET.*, $JS.API.CONSUMER.CREATE.>, $JS.API.CONSUMER.INFO.>, $JS.API.CONSUMER.MSG.NEXT.> and $JS.API.CONSUMER.DELETE.>, and subscribe to _INBOX.>";

const LOST: Known = [
  "source_unreachable",
  ({ label }) => `The connection to ${label} was lost; check that nats-server is running, and whether it requires TLS.`,
];
const NO_ROUTE: Known = [
  "source_unreachable",
  ({ label }) => `There is no network route to ${label}; check the host, the routes and the firewalls.`,
];
const MISSING: Known = [
  "source_missing",
  ({ label, stream }) =>
    `No stream of JetStream at ${label} stores the subject '${stream}'; check the name (--stream is the subject) and the account, or add a stream: nats stream add --subjects '${stream}'.`,
];
const SLOW: Known = [
  "source_timeout",
  ({ label }) =>
    `${label} did not answer in time; check whether nats-server hangs, and whether the stream has a leader (nats stream info).`,
];

/** Errors from the system, by their code. */
const SYSTEM: Readonly<Record<string, Known>> = {
  ECONNREFUSED: [
    "source_unreachable",
    ({ label }) => `Connection refused at ${label}; check the host and port, and that nats-server is running.`,
  ],
  ENOTFOUND: ["source_unreachable", ({ label }) => `The host of ${label} is unknown; check its name.`],
  EAI_AGAIN: [
    "source_unreachable",
    ({ label }) => `The host of ${label} cannot be resolved at the moment; check its name and the DNS.`,
  ],
  ETIMEDOUT: [
    "source_unreachable",
    ({ label }) => `${label} did not accept the connection in time; check the host, port and firewall.`,
  ],
  ECONNRESET: LOST,
  ECONNABORTED: LOST,
  EPIPE: LOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
};

/** Errors of JetStream, by the code that the server gives. */
const JETSTREAM: Readonly<Record<number, Known>> = {
  10_059: MISSING,
  10_039: [
    "source_permission",
    ({ label }) => `The account at ${label} has no JetStream; enable it for the account, or use another user.`,
  ],
  10_076: [
    "source_unreachable",
    ({ label }) => `${label} runs without JetStream; start nats-server with it (-js, or a jetstream block).`,
  ],
};

/** Errors by the name of their class, or by a phrase. The first match counts. */
const PHRASES: readonly { readonly is: RegExp; readonly known: Known }[] = [
  {
    is: /certificate required|CERTIFICATE_REQUIRED/i,
    known: [
      "source_auth",
      ({ label }) =>
        `${label} requires a client certificate; pass one and its key (--cert and --key, or cert= and key=).`,
    ],
  },
  {
    is: /^(?:AuthorizationError|UserAuthenticationExpiredError)\b|authorization violation/im,
    known: [
      "source_auth",
      ({ label }) =>
        `${label} refuses the login; check the user and password, or the token, in the source URL: user:password@ or token@.`,
    ],
  },
  {
    is: /PermissionViolationError|permissions violation/i,
    known: [
      "source_permission",
      ({ label, stream, writes }, message) =>
        `This user may not ${writes === true ? "write" : "read"} the stream '${stream}' at ${label} (${message}); allow it to ${writes === true ? `publish to '${stream}', and to ` : ""}${READS}.`,
    ],
  },
  { is: /no stream matches subject/i, known: MISSING },
  {
    is: /NoRespondersError|no responders|JetStreamNotEnabled/i,
    known: [
      "source_unreachable",
      ({ label }) =>
        `JetStream does not answer at ${label}: it is not enabled there or for this account, or has no leader at the moment. Run nats account info.`,
    ],
  },
  {
    is: /certificate|\bSSL\b|\bTLS\b|'tls'|ERR_TLS|SELF_SIGNED|UNABLE_TO/i,
    known: [
      "source_unreachable",
      ({ label }, message) => `TLS with ${label} failed (${message}); check the port, the host name and ca=.`,
    ],
  },
  { is: /^TimeoutError\b|^AbortError\b|\btimeout\b|\baborted\b/im, known: SLOW },
  {
    is: /ClosedConnectionError|DrainingConnectionError|closed connection|connection closed|stale connection/i,
    known: LOST,
  },
];

/** Anything that the client or the system throws as a coded error, in a sentence. */
export function natsError(asked: Asked, error: unknown): QscError {
  if (error instanceof QscError) return error;
  const message = firstLine(error instanceof Error ? error.message : String(error));
  const [code, sentence] =
    SYSTEM[systemCodeOf(error)] ??
    JETSTREAM[jetStreamCodeOf(error) ?? 0] ??
    PHRASES.find(({ is }) => is.test(textOf(error)))?.known ??
    unknown(asked);
  return new QscError(code, sentence(asked, message), { cause: error });
}

/** The number that JetStream gives an error; null if it is not one of JetStream. */
export function jetStreamCodeOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const code: unknown = "code" in error ? error.code : null;
  return nameOf(error).startsWith("JetStreamApi") || nameOf(error) === "StreamNotFoundError"
    ? typeof code === "number"
      ? code
      : null
    : null;
}

function systemCodeOf(error: unknown): string {
  for (const each of [error, error instanceof Error ? error.cause : null])
    if (each instanceof Error && "code" in each && typeof each.code === "string" && each.code in SYSTEM)
      return each.code;
  return "";
}

/** What an error says, and what the ones say that it wraps. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name} ${error.message}${error.cause === undefined ? "" : `\n${textOf(error.cause)}`}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function unknown({ writes }: Asked): Known {
  return writes === true
    ? [
        "sink_failed",
        ({ label, stream }, message) =>
          `${label} did not store a message of '${stream}' (${message}); check the stream's limits (nats stream info) and the server's log.`,
      ]
    : [
        "source_unreadable",
        ({ label }, message) =>
          `${label} answered with an error: ${message}. Check the source URL and the server's log.`,
      ];
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").slice(0, 200).replace(/\.$/, "");
}
