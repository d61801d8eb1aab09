import {
  decoded,
  hostOf,
  invalidUrl as invalid,
  labelOf,
  parametersOf,
  tlsOf,
  type Host,
} from "../ports/server-url.js";
import { TLS_FILES, type TlsFiles } from "../ports/tls-files.js";

export type { Host };

/** A user name and password. Both are null if there is none. */
export interface Login {
  readonly username: string | null;
  readonly password: string | null;
}

/** The address of a Redis, and how to log in. */
export interface RedisLocation {
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server; the sentinels; or some nodes of the cluster. */
  readonly hosts: readonly [Host, ...Host[]];
  /** The name the sentinels know the master by; empty otherwise. */
  readonly master: string;
  readonly username: string | null;
  readonly password: string | null;
  /** The login for the sentinels, which have passwords of their own. */
  readonly sentinelLogin: Login;
  readonly db: number;
  /** The TLS files; null without TLS. */
  readonly tls: TlsFiles | null;
  /** The name to show to an operator: no password. */
  readonly label: string;
}

const KINDS: Readonly<Record<string, readonly [RedisLocation["kind"], boolean]>> = {
  redis: ["single", false],
  rediss: ["single", true],
  "redis+sentinel": ["sentinel", false],
  "redis+cluster": ["cluster", false],
};
const URL_FORM = /^([a-z+]+):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;

/** The parameters that a URL may have, by kind and with or without TLS. */
const SENTINEL_PARAMETERS = ["sentinelUsername", "sentinelPassword"] as const;

/**
 * Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://...[?ca=/path&cert=/path&key=/path]`,
 * `redis+sentinel://.../master[/db][?sentinelPassword=...]` and `redis+cluster://...`. The last two may name several
 * hosts.
 * @throws QscError `invalid_source`; its message contains no password.
 */
export function parseRedisUrl(url: string, files: TlsFiles = {}): RedisLocation {
  const [, scheme = "", user, password, hosts = "", path = "", query = ""] = URL_FORM.exec(url) ?? [];
  const [kind, tls] = KINDS[scheme.toLowerCase()] ?? [];
  if (kind === undefined || tls === undefined) {
    throw invalid(url, "it is not a URL such as redis://host:6379/0");
  }
  const parts = decoded(url, path).split("/");
  const master = kind === "sentinel" ? (parts.shift() ?? "") : "";
  if (kind === "sentinel" && master === "") throw invalid(url, "the name of the master is missing");
  const all = hosts.split(",").map((host) => hostOf(url, host, kind === "sentinel" ? 26_379 : 6379));
  const [first, ...more] = all;
  if (first === undefined || (kind === "single" && more.length > 0)) {
    throw invalid(url, "it must name exactly one server");
  }
  const known = kind === "sentinel" ? [...TLS_FILES, ...SENTINEL_PARAMETERS] : TLS_FILES;
  const parameters = parametersOf(url, query, known);
  return {
    kind,
    hosts: [first, ...more],
    master,
    // A password alone belongs to the user `default`, with or without a colon before it.
    ...credentials(url, user, password),
    sentinelLogin: sentinelLoginOf(url, parameters),
    db: databaseOf(url, parts, kind),
    tls: tlsOf(url, parameters, { tls, scheme: "rediss://" }, files),
    label: labelOf(scheme, all, path),
  };
}

function credentials(
  url: string,
  user: string | undefined,
  password: string | undefined,
): Pick<RedisLocation, "username" | "password"> {
  if (password === undefined) return { username: null, password: null, ...loneUser(url, user) };
  const username = user === undefined || user === "" ? null : decoded(url, user);
  return { username, password: decoded(url, password) };
}

function loneUser(url: string, user: string | undefined): { username?: null } {
  if (user === undefined || user === "") return {};
  throw invalid(url, "it has a user without a password; write user:password@ or :password@");
}

function databaseOf(url: string, parts: readonly string[], kind: RedisLocation["kind"]): number {
  const text = parts.join("/");
  if (text === "") return 0;
  if (kind === "cluster" || !/^\d{1,4}$/.test(text)) {
    throw invalid(url, kind === "cluster" ? "a cluster has no databases" : "its database is not a number");
  }
  return Number(text);
}

function sentinelLoginOf(url: string, parameters: ReadonlyMap<string, string>): Login {
  const username = parameters.get("sentinelUsername") ?? null;
  const password = parameters.get("sentinelPassword") ?? null;
  if (username !== null && password === null) throw invalid(url, "sentinelUsername needs sentinelPassword");
  return { username, password };
}
