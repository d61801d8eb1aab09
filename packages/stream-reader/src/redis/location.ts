import { readFile } from "node:fs/promises";
import { QscError } from "@qsc/contract";

interface Host {
  readonly host: string;
  readonly port: number;
}

/** Where a Redis is, and how to get in. */
export interface RedisLocation {
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server; the sentinels; or some nodes of the cluster. */
  readonly hosts: readonly [Host, ...Host[]];
  /** The name the sentinels know the master by; empty otherwise. */
  readonly master: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  readonly tls: boolean;
  /** Path of the certificate authority to trust instead of the system's. */
  readonly ca: string | null;
  /** As an operator may see it: no password. */
  readonly label: string;
}

const KINDS: Readonly<Record<string, readonly [RedisLocation["kind"], boolean]>> = {
  redis: ["single", false],
  rediss: ["single", true],
  "redis+sentinel": ["sentinel", false],
  "redis+cluster": ["cluster", false],
};
const URL_FORM =
  /^([a-z+]+):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const HOST_FORM = /^(\[[\da-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i;

/**
 * Reads `redis://[user[:password]@]host[:port][/db][?ca=/path]`, `rediss://` likewise,
 * `redis+sentinel://.../master[/db]` and `redis+cluster://...`, the last two with several hosts.
 * @throws QscError `invalid_source`; its message holds no password.
 */
export function parseRedisUrl(url: string, ca?: string): RedisLocation {
  const [, scheme = "", user, password, hosts = "", path = "", query = ""] = URL_FORM.exec(url) ?? [];
  const [kind, tls] = KINDS[scheme.toLowerCase()] ?? [];
  if (kind === undefined || tls === undefined) {
    throw invalid(url, "it is no URL such as redis://host:6379/0");
  }
  const parts = decoded(url, path).split("/");
  const master = kind === "sentinel" ? (parts.shift() ?? "") : "";
  if (kind === "sentinel" && master === "") throw invalid(url, "the name of the master is missing");
  const all = hosts.split(",").map((host) => hostOf(url, host, kind));
  const [first, ...more] = all;
  if (first === undefined || (kind === "single" && more.length > 0)) {
    throw invalid(url, "it has to name one server");
  }
  return {
    kind,
    hosts: [first, ...more],
    master,
    // A password alone belongs to the user `default`, with or without the colon before it.
    ...credentials(url, user, password),
    db: databaseOf(url, parts, kind),
    tls,
    ca: caOf(url, query, tls, ca),
    label: labelOf(scheme, all, path),
  };
}

/** The text of the certificate authority; null for the system's own. */
export async function readCa(location: RedisLocation): Promise<string | null> {
  if (location.ca === null) return null;
  try {
    return await readFile(location.ca, "utf8");
  } catch (cause) {
    throw new QscError(
      "invalid_source",
      `The certificate authority '${location.ca}' cannot be read; name a PEM file with ca=.`,
      { cause },
    );
  }
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

function hostOf(url: string, text: string, kind: RedisLocation["kind"]): Host {
  const [, name, port] = HOST_FORM.exec(text) ?? [];
  const number = port === undefined ? (kind === "sentinel" ? 26_379 : 6379) : Number(port);
  if (name === undefined || number < 1 || number > 65_535) {
    throw invalid(url, "it has no readable host and port");
  }
  return { host: name.replace(/^\[|\]$/g, ""), port: number };
}

function databaseOf(url: string, parts: readonly string[], kind: RedisLocation["kind"]): number {
  const text = parts.join("/");
  if (text === "") return 0;
  if (kind === "cluster" || !/^\d{1,4}$/.test(text)) {
    throw invalid(url, kind === "cluster" ? "a cluster has no databases" : "its database is no number");
  }
  return Number(text);
}

function caOf(url: string, query: string, tls: boolean, option: string | undefined): string | null {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== "ca") throw invalid(url, `the option '${name}' is unknown; only ca is understood`);
  }
  const ca = option ?? parameters.get("ca");
  if (ca !== null && !tls) throw invalid(url, "ca needs TLS; write rediss://");
  return ca;
}

function labelOf(scheme: string, hosts: readonly Host[], path: string): string {
  const names = hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `${scheme.toLowerCase()}://${names.join(",")}${path === "" ? "" : `/${path}`}`;
}

function decoded(url: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid(url, "it has a broken percent-escape", cause);
  }
}

/**
 * A URL as an operator may see it. Up to the last @ anything may be a password; and where the @
 * was forgotten, so may be what stands in the port's place and is none.
 */
export function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z+]+:\/\/)?.*@/is, "$1***@")
    .replace(/^([a-z+]+:\/\/[^/?#:]*):(?!\d{1,5}(?:[/?#,]|$)).*$/is, "$1:***");
}

function invalid(url: string, why: string, cause?: unknown): QscError {
  const message = `The source '${withoutPassword(url)}' cannot be used: ${why}.`;
  return new QscError("invalid_source", message, { cause });
}
