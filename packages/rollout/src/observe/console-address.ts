import { isIP } from "node:net";
import { QscError } from "@qsc/contract";

/** Where the console listens unless it is told otherwise. */
export const CONSOLE_LISTEN = "127.0.0.1:8787";

/** Addresses at which a machine listens on all of its own. */
export const ANY_ADDRESS: readonly string[] = ["0.0.0.0", "::"];

/** Where to listen. */
export interface ConsoleAddress {
  /** As it is given to the system: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly isLoopback: boolean;
}

/**
 * Reads `127.0.0.1:8787`, `[::1]:8787` or `localhost:8787`. Other names are refused: what they stand for may change.
 * @param what who listens, for the message
 * @throws QscError `invalid_config`
 */
export function parseAddress(text: string, what = "The console"): ConsoleAddress {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const given = bracketed ?? plain ?? "";
  const host = given === "localhost" ? "127.0.0.1" : given;
  const port = Number(digits);
  const isAddress = bracketed === undefined ? isIP(host) === 4 : isIP(host) === 6;
  if (isAddress && digits !== "" && port <= 65_535) return { host, port, isLoopback: isLoopback(host) };
  throw new QscError(
    "invalid_config",
    `${what} cannot listen on '${text}': write an address and a port, such as 127.0.0.1:8787 or [::1]:8787; port 0 is any free one.`,
  );
}

/**
 * The address, if a console can be served there: other machines need a token to read it, and a name to ask for it.
 * @throws QscError `invalid_config`
 */
export function requireServable(
  listen: string,
  { hasToken, names }: { readonly hasToken: boolean; readonly names: readonly string[] },
): ConsoleAddress {
  const address = parseAddress(listen);
  const { host, port, isLoopback: isOwn } = address;
  if (!hasToken && !isOwn)
    throw new QscError(
      "invalid_config",
      `${inUrl(host, port)} is reachable from other machines: that needs a token. Name a file that has one with --console-token-file, or listen on 127.0.0.1.`,
    );
  if (ANY_ADDRESS.includes(host) && names.length === 0)
    throw new QscError(
      "invalid_config",
      `At ${inUrl(host, port)}, every address of this machine, the console knows none of its names, and would refuse every request. Say by which names or addresses it is called with --console-names, or listen on one address.`,
    );
  return address;
}

/** The names of the setting `consoleNames`, which separates them by commas. */
export function consoleNames(setting: string | null): readonly string[] {
  return (setting ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function isLoopback(host: string): boolean {
  return host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** An address as part of a URL. */
export function inUrl(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
