import { decoded, hostOf, invalidUrl, labelOf, parametersOf, tlsOf, type Host } from "../ports/server-url.js";
import { shown } from "../ports/options.js";
import { TLS_FILES, type TlsFiles } from "../ports/tls-files.js";
import { QscError } from "@qsc/contract";

/** The address of a NATS server or cluster, and how to log in. */
export interface NatsLocation {
  readonly hosts: readonly Host[];
  readonly login: { readonly user: string; readonly pass: string } | { readonly token: string } | null;
  /** The TLS files; null if the URL does not ask for TLS. */
  readonly tls: TlsFiles | null;
  /** The name to show to an operator: no password. */
  readonly label: string;
}

const DEFAULT_PORT = 4222;
const SCHEMES: Readonly<Record<string, boolean>> = { nats: false, tls: true, "nats+tls": true };
const URL_FORM = /^([a-z+]+):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)\/?(?:\?([^#]*))?$/i;
/** What a publisher may name: words between dots, without wildcards. */
const SUBJECT = /^[^\s.*>\p{Cc}]+(?:\.[^\s.*>\p{Cc}]+)*$/u;

/** The schemes of URLs that `parseNatsUrl` reads. */
export const NATS_SCHEMES: readonly string[] = Object.keys(SCHEMES);

/**
 * Reads `nats://[user:password@|token@]host[:port][,host[:port]]`, and `tls://` or `nats+tls://` with
 * `?ca=/path&cert=/path&key=/path`.
 * @throws QscError `invalid_source`; its message contains no password.
 */
export function parseNatsUrl(url: string, files: TlsFiles = {}): NatsLocation {
  const [, scheme = "", user, password, hosts = "", query = ""] = URL_FORM.exec(url) ?? [];
  const tls = SCHEMES[scheme.toLowerCase()];
  if (tls === undefined) throw invalidUrl(url, "it is not a URL such as nats://host:4222");
  const all = hosts.split(",").map((host) => hostOf(url, host, DEFAULT_PORT));
  return {
    hosts: all,
    login: loginOf(url, user, password),
    tls: tlsOf(url, parametersOf(url, query, TLS_FILES), { tls, scheme: "tls://" }, files),
    label: labelOf(scheme, all, ""),
  };
}

/** @throws QscError `invalid_source` unless a message can be published under this name */
export function assertSubject(stream: string): void {
  if (SUBJECT.test(stream)) return;
  throw new QscError(
    "invalid_source",
    `The stream ${shown(stream)} is not a subject of NATS: a subject is words between dots, without spaces, * and >.`,
  );
}

function loginOf(url: string, user: string | undefined, password: string | undefined): NatsLocation["login"] {
  if (user === undefined) return null;
  if (user === "") throw invalidUrl(url, "its user or token is empty; write user:password@ or token@");
  return password === undefined
    ? { token: decoded(url, user) }
    : { user: decoded(url, user), pass: decoded(url, password) };
}
