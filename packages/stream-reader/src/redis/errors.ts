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

const NOAUTH: readonly [ErrorCode, Sentence] = [
  "source_auth",
  ({ label }) => `${label} requires a password; write redis://:password@host or user:password@host.`,
];
const NOPERM: readonly [ErrorCode, Sentence] = [
  "source_permission",
  ({ label, stream, writes }, message) =>
    writes === true
      ? `This user may not write the stream '${stream}' at ${label} (${firstLine(message)}); grant it +eval +xadd +xrange +xinfo +type and the key.`
      : `This user may not read the stream '${stream}' at ${label} (${message}); grant it +xrange +xrevrange +xinfo +type +time and the key.`,
];

/** Errors from the server, by the first word of its reply. */
const REPLIES: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  WRONGPASS: [
    "source_auth",
    ({ label }) => `${label} refuses the user name or password; check both in the source URL.`,
  ],
  NOAUTH,
  NOPERM,
  WRONGTYPE: [
    "source_wrong_type",
    ({ label, stream }) => `The key '${stream}' at ${label} is not a stream; check the stream's name.`,
  ],
  LOADING: ["source_unreachable", ({ label }) => `${label} is still loading its data; try again when it has finished.`],
  CLUSTERDOWN: ["source_unreachable", ({ label }) => `The cluster at ${label} is down; run CLUSTER INFO there.`],
};

/** Errors that the server returns only to a writer. */
const REFUSALS: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  READONLY: [
    "sink_failed",
    ({ label }) =>
      `${label} is a replica and does not accept writes; name the master, or its sentinels with redis+sentinel://.`,
  ],
  OOM: [
    "sink_failed",
    ({ label }) => `${label} has no memory left for writes; raise maxmemory there, or trim its data.`,
  ],
  MISCONF: [
    "sink_failed",
    ({ label }) => `${label} does not accept writes because it cannot save to its disk; check its log and its disk.`,
  ],
  NOREPLICAS: [
    "sink_failed",
    ({ label }) => `${label} does not accept writes because it has too few replicas; run INFO replication there.`,
  ],
  MASTERDOWN: [
    "source_unreachable",
    ({ label }) => `${label} is a replica that has lost its master; run INFO replication there.`,
  ],
  BUSY: [
    "source_timeout",
    ({ label }) => `${label} is busy with a script; check its log, and end the script with SCRIPT KILL.`,
  ],
};

const BROKEN: readonly [ErrorCode, Sentence] = [
  "source_unreachable",
  ({ label }) => `${label} broke the connection; check that Redis is running, and whether it requires TLS (rediss://).`,
];
const NO_ROUTE: readonly [ErrorCode, Sentence] = [
  "source_unreachable",
  ({ label }) => `There is no network route to ${label}; check the host, the routes and the firewalls.`,
];

/** Errors from the system, by their code. */
const SYSTEM: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  ECONNREFUSED: [
    "source_unreachable",
    ({ label }) => `Connection refused at ${label}; check the host and port, and that Redis is running.`,
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
  ECONNRESET: BROKEN,
  ECONNABORTED: BROKEN,
  EPIPE: BROKEN,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
};

const TLS_CODE = /^(?:ERR_(?:SSL|TLS)_|EPROTO$|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/;

/** Anything that ioredis or the system throws as a coded error, in a sentence. */
export function redisError(asked: Asked, error: unknown): QscError {
  if (error instanceof QscError) return error;
  forgetCommand(error);
  // A cluster wraps the errors of its nodes.
  if (error instanceof Error && "lastNodeError" in error && error.lastNodeError instanceof Error) {
    return redisError(asked, error.lastNodeError);
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const word = /^-?([A-Z]+)\b/.exec(message)?.[1] ?? "";
  const phrase = PHRASES.find((row) => row.code?.test(code) === true || row.message.test(message));
  const [errorCode, sentence] = SYSTEM[code] ?? REPLIES[word] ?? REFUSALS[word] ?? phrase?.known ?? UNKNOWN;
  return new QscError(errorCode, sentence(asked, message), { cause: error });
}

/** Errors without a first word that says what they are: by a phrase, or by the code of TLS. The first match counts. */
const PHRASES: readonly {
  readonly message: RegExp;
  readonly code?: RegExp;
  readonly known: readonly [ErrorCode, Sentence];
}[] = [
  // Redis 7.0 and older, for a command within a script.
  { message: /user executing the script can't run/, known: NOPERM },
  // The server refuses commands of more than ten words from clients that have not logged in, before reading them.
  { message: /Protocol error: unauthenticated/, known: NOAUTH },
  {
    message: /alert certificate required|tlsv13 alert certificate|CERTIFICATE_REQUIRED/i,
    code: /CERTIFICATE_REQUIRED/i,
    known: [
      "source_auth",
      ({ label }) =>
        `${label} requires a client certificate; pass one and its key (--cert and --key, or cert= and key=).`,
    ],
  },
  {
    message:
      /alert (?:unknown ca|bad certificate|certificate (?:unknown|expired|revoked)|unsupported certificate|access denied|decrypt error)/i,
    known: [
      "source_auth",
      ({ label }, message) =>
        `${label} refuses our client certificate (${firstLine(message)}); check that the server trusts its authority, and that it has not expired.`,
    ],
  },
  {
    message: /certificate|SSL|TLS/,
    code: TLS_CODE,
    known: [
      "source_unreachable",
      ({ label }, message) =>
        `TLS with ${label} failed (${firstLine(message)}); check the port, the host name and ca=.`,
    ],
  },
  {
    message: /without any password configured|no password is set/,
    known: [
      "source_auth",
      ({ label }) => `${label} has no password for this user; leave the password out of the source URL.`,
    ],
  },
  {
    // The second message comes from a cluster node that did not return its slots.
    message: /^(?:Command timed out|timeout)$/,
    known: [
      "source_timeout",
      ({ label }) => `${label} accepted the command but did not answer in time; check whether Redis hangs or swaps.`,
    ],
  },
  {
    message: /no such key/,
    known: [
      "source_missing",
      ({ label, stream }) =>
        `There is no stream '${stream}' at ${label}; check its name, the database, and that the engine is running.`,
    ],
  },
  {
    message:
      /connection is closed|cluster (?:is (?:ended|disconnect|closed)|isn't ready)|stream isn't writeable|command aborted|all sentinels|failed to refresh|none of startup nodes/i,
    known: [
      "source_unreachable",
      ({ label }) =>
        `The connection to ${label} was lost; check that Redis is running, and whether it requires TLS (rediss://).`,
    ],
  },
];

const UNKNOWN: readonly [ErrorCode, Sentence] = [
  "source_unreadable",
  ({ label }, message) =>
    `${label} answered with an error: ${firstLine(message)}. Check the source URL and the server's log.`,
];

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").slice(0, 200).replace(/\.$/, "");
}

/** ioredis attaches the command to its errors: with a password, or everything that was to be published. */
export function forgetCommand(error: unknown): void {
  if (error instanceof Error && "command" in error) delete error.command;
}

/** Why a connection failed, in a few words from the system, Redis or ioredis. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return FAILURES[code] ?? FAILURES[message] ?? firstLine(message);
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "its host is unknown",
  EAI_AGAIN: "its host cannot be resolved at the moment",
  ETIMEDOUT: "it did not accept the connection in time",
  ECONNRESET: "it broke the connection",
  EPIPE: "it broke the connection",
  EHOSTUNREACH: "there is no network route to it",
  ENETUNREACH: "there is no network route to it",
  "Command timed out": "it accepts connections but does not answer",
  aborted: "it did not answer in time",
  "Connection is closed.": "it closed the connection",
};
