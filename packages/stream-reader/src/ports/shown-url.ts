import { TLS_FILES } from "./tls-files.js";

const HIDDEN = "***";
const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;
/** URL options whose names are not secret. Any other name may be the rest of a password that contains a `&`. */
const OPTIONS: ReadonlySet<string> = new Set([
  ...TLS_FILES,
  "sentinelUsername",
  "sentinelPassword",
  "password",
  "username",
  "user",
  "db",
  "timeout",
  "tls",
]);

/** ` 'name'` of an option if it can be shown; empty if it may be part of a password. */
export function nameOfOption(name: string): string {
  return OPTIONS.has(name) ? ` '${name}'` : "";
}

/**
 * A URL, perhaps malformed, to show to an operator: only the parts that cannot belong to a password. A password that
 * contains `@`, `/`, `?`, `#` or `&` may extend anywhere. If it might, only the scheme is shown.
 */
export function withoutPassword(url: string): string {
  const scheme = SCHEME.exec(url)?.[0];
  if (scheme === undefined) return pathWithoutPassword(url);
  const [, authority = "", path = "", options = ""] = /^([^/?#]*)([^?#]*)(.*)$/s.exec(url.slice(scheme.length)) ?? [];
  const [hosts = "", ...logins] = authority.split("@").reverse();
  const isAmbiguous = logins.length > 1 || `${path}${options}`.includes("@");
  if (isAmbiguous || !hosts.split(",").every((host) => HOST.test(host))) return `${scheme}${HIDDEN}`;
  const login = logins.length === 0 ? "" : `${HIDDEN}@`;
  return `${scheme}${login}${hosts}${shownPath(path, scheme)}${shownOptions(options)}`;
}

/** A path is shown in full. `redis:` without slashes, or a login without a scheme, does not count as a path. */
function pathWithoutPassword(text: string): string {
  if (/^(?:redis|http|nats|tls)[a-z+]*:/i.test(text)) return `${text.slice(0, text.indexOf(":") + 1)}${HIDDEN}`;
  return text.replace(/^.*@/s, `${HIDDEN}@`).replace(/[?#].*$/s, HIDDEN);
}

/** The number of a database, after the master's name if there is one. */
function shownPath(path: string, scheme: string): string {
  const [, master = "", rest = ""] = (/sentinel/i.test(scheme) ? /^(\/[\w.-]*)(.*)$/s : /^()(.*)$/s).exec(path) ?? [];
  return `${master}${/^(?:\/\d{0,4})?$/.test(rest) ? rest : `/${HIDDEN}`}`;
}

/** The options before the first one that may be a secret, or contain the end of one. */
function shownOptions(text: string): string {
  if (text === "") return "";
  if (text.startsWith("#")) return `#${HIDDEN}`;
  const shown: string[] = [];
  for (const option of text.slice(1).split("&")) {
    const [name = "", value] = option.split("=", 2);
    if (value !== undefined && isFile(name) && !option.includes("#")) {
      shown.push(option);
      continue;
    }
    shown.push(value !== undefined && OPTIONS.has(name) ? `${name}=${HIDDEN}` : HIDDEN);
    break;
  }
  return `?${shown.join("&")}`;
}

function isFile(name: string): boolean {
  return (TLS_FILES as readonly string[]).includes(name);
}
