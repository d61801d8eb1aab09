import { isIP } from "node:net";
import { QscError } from "@qsc/contract";

/** Where to listen. */
export interface Address {
  /** As it is given to the system: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly isLoopback: boolean;
}

/**
 * Reads `127.0.0.1:8787`, `[::1]:8787` or `localhost:8787`. Other names are refused: what they stand for may change.
 * @throws QscError `invalid_config`
 */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const given = bracketed ?? plain ?? "";
  const host = given === "localhost" ? "127.0.0.1" : given;
  const port = Number(digits);
  const isAddress = bracketed === undefined ? isIP(host) === 4 : isIP(host) === 6;
  if (isAddress && digits !== "" && port <= 65_535) return { host, port, isLoopback: isLoopback(host) };
  throw new QscError(
    "invalid_config",
    `The console cannot listen on '${text}': write an address and a port, such as 127.0.0.1:8787 or [::1]:8787; port 0 is any free one.`,
  );
}

function isLoopback(host: string): boolean {
  return host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** An address as part of a URL. */
export function inUrl(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
