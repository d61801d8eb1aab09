import { QscError, type ErrorCode } from "@qsc/contract";

/** What was asked, for the sentence that says why there was no answer. */
export interface Asked {
  /** The source, without a password. */
  readonly label: string;
  readonly stream: string;
  /** It was asked to write. */
  readonly writes?: true;
}

type Sentence = (asked: Asked, message: string) => string;

const NOAUTH: readonly [ErrorCode, Sentence] = [
  "source_auth",
  ({ label }) => `${label} wants a password; write redis://:password@host or user:password@host.`,
];
const NOPERM: readonly [ErrorCode, Sentence] = [
  "source_permission",
  ({ label, stream, writes }, message) =>
    writes === true
      ? `This user may not write the stream '${stream}' at ${label} (${firstLine(message)}); grant it +eval +xadd +xrange +xinfo +type and the key.`
      : `This user may not read the stream '${stream}' at ${label} (${message}); grant it +xrange +xrevrange +xinfo +type +time and the key.`,
];

/** What the server answers, by the first word of its error. */
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
  LOADING: [
    "source_unreachable",
    ({ label }) => `${label} is still loading its data; try again when it has started.`,
  ],
  CLUSTERDOWN: [
    "source_unreachable",
    ({ label }) => `The cluster at ${label} is down; see CLUSTER INFO there.`,
  ],
};

/** What the server answers to who writes. */
const REFUSALS: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  READONLY: [
    "sink_failed",
    ({ label }) => `${label} is a replica and takes no writes; name the master, or its sentinels with redis+sentinel://.`,
  ],
  OOM: [
    "sink_failed",
    ({ label }) => `${label} has no memory left for writes; raise maxmemory there, or trim what it holds.`,
  ],
  MISCONF: [
    "sink_failed",
    ({ label }) => `${label} takes no writes as it cannot save to its disk; see its log and its disk.`,
  ],
  NOREPLICAS: [
    "sink_failed",
    ({ label }) => `${label} takes no writes as too few replicas follow it; see INFO replication there.`,
  ],
  MASTERDOWN: [
    "source_unreachable",
    ({ label }) => `${label} is a replica that has lost its master; see INFO replication there.`,
  ],
  BUSY: [
    "source_timeout",
    ({ label }) => `${label} is busy with a script; see its log, and SCRIPT KILL.`,
  ],
};

const BROKEN: readonly [ErrorCode, Sentence] = [
  "source_unreachable",
  ({ label }) => `${label} broke the connection; check that Redis runs, and whether it wants TLS (rediss://).`,
];
const NO_ROUTE: readonly [ErrorCode, Sentence] = [
  "source_unreachable",
  ({ label }) => `There is no way through the network to ${label}; check the host, the routes and firewalls.`,
];

/** What the system says, by its code. */
const SYSTEM: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  ECONNREFUSED: [
    "source_unreachable",
    ({ label }) => `Connection refused at ${label}; check host and port, and that Redis runs.`,
  ],
  ENOTFOUND: [
    "source_unreachable",
    ({ label }) => `The host of ${label} is unknown; check its name.`,
  ],
  EAI_AGAIN: [
    "source_unreachable",
    ({ label }) => `The host of ${label} cannot be looked up now; check its name and the DNS.`,
  ],
  ETIMEDOUT: [
    "source_unreachable",
    ({ label }) => `${label} did not take the connection in time; check host, port and firewall.`,
  ],
  ECONNRESET: BROKEN,
  ECONNABORTED: BROKEN,
  EPIPE: BROKEN,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
};

const TLS_CODE = /^(?:ERR_(?:SSL|TLS)_|EPROTO$|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/;

/** Anything that ioredis or the system throws, as a coded error in a sentence. */
export function redisError(asked: Asked, error: unknown): QscError {
  if (error instanceof QscError) return error;
  forgetCommand(error);
  // A cluster wraps what its nodes said.
  if (error instanceof Error && "lastNodeError" in error && error.lastNodeError instanceof Error) {
    return redisError(asked, error.lastNodeError);
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const word = /^-?([A-Z]+)\b/.exec(message)?.[1] ?? "";
  const known = SYSTEM[code] ?? REPLIES[word] ?? REFUSALS[word] ?? plainError(message);
  if (known !== undefined) return new QscError(known[0], known[1](asked, message), { cause: error });
  return unnamed(asked, error, code, message);
}

/** What some servers say without its own first word. */
function plainError(message: string): readonly [ErrorCode, Sentence] | undefined {
  // Redis 7.0 and before, of a command within a script.
  if (/user executing the script can't run/.test(message)) return NOPERM;
  // A command with more than ten words is refused before it is read, to who has not logged in.
  if (/Protocol error: unauthenticated/.test(message)) return NOAUTH;
  return undefined;
}

function unnamed({ label, stream }: Asked, cause: unknown, code: string, message: string): QscError {
  if (/alert certificate required|tlsv13 alert certificate|CERTIFICATE_REQUIRED/i.test(`${code} ${message}`)) {
    return new QscError(
      "source_auth",
      `${label} wants a client certificate; name one and its key (--cert and --key, or cert= and key=).`,
      { cause },
    );
  }
  if (/alert (?:unknown ca|bad certificate|certificate (?:unknown|expired|revoked)|unsupported certificate|access denied|decrypt error)/i.test(message)) {
    return new QscError(
      "source_auth",
      `${label} refuses our client certificate (${firstLine(message)}); check that its authority is one that the server trusts, and that it is still valid.`,
      { cause },
    );
  }
  if (TLS_CODE.test(code) || /certificate|SSL|TLS/.test(message)) {
    return new QscError(
      "source_unreachable",
      `TLS with ${label} failed (${firstLine(message)}); check the port, the host name and ca=.`,
      { cause },
    );
  }
  if (/without any password configured|no password is set/.test(message)) {
    return new QscError(
      "source_auth",
      `${label} has no password for this user; leave the password out of the source URL.`,
      { cause },
    );
  }
  // The second: of a cluster's node that did not say who has which slots.
  if (message === "Command timed out" || message === "timeout") {
    return new QscError(
      "source_timeout",
      `${label} took the question and did not answer in time; see whether Redis hangs or swaps.`,
      { cause },
    );
  }
  if (/no such key/.test(message)) {
    return new QscError(
      "source_missing",
      `There is no stream '${stream}' at ${label}; check its name, the database, and that the engine runs.`,
      { cause },
    );
  }
  if (/connection is closed|cluster (?:is (?:ended|disconnect|closed)|isn't ready)|stream isn't writeable|command aborted|all sentinels|failed to refresh|none of startup nodes/i.test(message)) {
    return new QscError(
      "source_unreachable",
      `The connection to ${label} was lost; check that Redis runs, and whether it wants TLS (rediss://).`,
      { cause },
    );
  }
  return new QscError(
    "source_unreadable",
    `${label} answered with an error: ${firstLine(message)}. Check the source URL and the server's log.`,
    { cause },
  );
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").slice(0, 200).replace(/\.$/, "");
}

/** ioredis hangs the command on its errors: a password, or all that was to be published. */
export function forgetCommand(error: unknown): void {
  if (error instanceof Error && "command" in error) delete error.command;
}

/** Why a connection failed, in a few words of the system, of Redis, or of ioredis. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return FAILURES[code] ?? FAILURES[message] ?? firstLine(message);
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "its host is unknown",
  EAI_AGAIN: "its host cannot be looked up now",
  ETIMEDOUT: "it did not take the connection in time",
  ECONNRESET: "it broke the connection",
  EPIPE: "it broke the connection",
  EHOSTUNREACH: "there is no way to it through the network",
  ENETUNREACH: "there is no way to it through the network",
  "Command timed out": "it takes connections and does not answer",
  "aborted": "it did not answer in time",
  "Connection is closed.": "it closed the connection",
};
