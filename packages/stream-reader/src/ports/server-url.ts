import { QscError } from "@qsc/contract";
import { nameOfOption, withoutPassword } from "./shown-url.js";
import { TLS_FILES, type TlsFiles } from "./tls-files.js";

/** The parts of a URL that names servers, the same for every kind of server. No message contains a password. */

export interface Host {
  readonly host: string;
  readonly port: number;
}

const HOST_FORM = /^(\[[\da-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i;

/** @throws QscError `invalid_source` */
export function hostOf(url: string, text: string, defaultPort: number): Host {
  const [, name, port] = HOST_FORM.exec(text) ?? [];
  const number = port === undefined ? defaultPort : Number(port);
  if (name === undefined || number < 1 || number > 65_535) {
    throw invalidUrl(url, "its host and port cannot be read");
  }
  return { host: name.replace(/^\[|\]$/g, ""), port: number };
}

/** The parameters of a URL by name. Each must be known, and given once. @throws QscError `invalid_source` */
export function parametersOf(url: string, query: string, known: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query === "" ? [] : query.split("&")) {
    const [name = "", ...value] = part.split("=");
    if (!known.includes(name))
      throw invalidUrl(
        url,
        `it has an unknown option${nameOfOption(name)}; known are ${known.join(", ")}. In a value, write & as %26 and # as %23`,
      );
    if (parameters.has(name) || value.join("=") === "") throw invalidUrl(url, `the option '${name}' needs one value`);
    parameters.set(name, decoded(url, value.join("=")));
  }
  return parameters;
}

/**
 * The TLS files, from options or parameters; null without TLS.
 * @param scheme of the URL with TLS, such as `rediss://`
 * @throws QscError `invalid_source`
 */
export function tlsOf(
  url: string,
  parameters: ReadonlyMap<string, string>,
  { tls, scheme }: { readonly tls: boolean; readonly scheme: string },
  options: TlsFiles,
): TlsFiles | null {
  const files: { ca?: string; cert?: string; key?: string } = {};
  for (const name of TLS_FILES) {
    const path = options[name] ?? parameters.get(name);
    if (path === undefined) continue;
    if (!tls) throw invalidUrl(url, `${name} needs TLS; write ${scheme}`);
    files[name] = path;
  }
  if ((files.cert === undefined) !== (files.key === undefined))
    throw invalidUrl(url, "a client certificate needs its key, and a key its certificate; pass both, cert and key");
  return tls ? files : null;
}

/** The name to show to an operator. */
export function labelOf(scheme: string, hosts: readonly Host[], path: string): string {
  const names = hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `${scheme.toLowerCase()}://${names.join(",")}${path === "" ? "" : `/${path}`}`;
}

/** @throws QscError `invalid_source` */
export function decoded(url: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidUrl(url, "it has a broken percent-escape", cause);
  }
}

export function invalidUrl(url: string, why: string, cause?: unknown): QscError {
  const message = `The source '${withoutPassword(url)}' cannot be used: ${why}.`;
  return new QscError("invalid_source", message, { cause });
}
