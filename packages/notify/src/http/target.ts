import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import { inertText, QscError } from "@qsc/contract";
import { isLoopback, isRefusedAddress } from "./address.js";

/** A place that messages may be sent to. */
export interface Target {
  readonly url: URL;
  /** Whether every address of it must be this host's own: for http without the setting `allowHttp`. */
  readonly isOnlyLoopback: boolean;
}

/** What is known of an address in the settings. */
export interface Given {
  /** Which setting it is, such as `notify.channels.ops.url`. */
  readonly name: string;
  readonly value: string;
  /** Whether the address itself is a secret, as that of a Slack webhook: no message may show it. */
  readonly isSecret: boolean;
  readonly allowHttp: boolean;
}

/**
 * Checks an address before anything is sent to it.
 * @throws QscError `invalid_config` for what is not a URL, and `address_refused` for one that no message goes to
 */
export function targetOf(given: Given): Target {
  const url = urlOf(given);
  const shown = given.isSecret ? "its value" : `'${inertText(given.value)}'`;
  const refuse = (why: string): never => {
    throw new QscError("address_refused", `${given.name}: ${shown} ${why}`);
  };
  if (url.username !== "" || url.password !== "")
    throw new QscError("invalid_config", `${given.name} has a user or password in its address. Leave them out.`);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    refuse(`has the scheme '${inertText(url.protocol)}'. Write an https:// address.`);
  const host = hostOf(url);
  if (isIP(host) !== 0 && isRefusedAddress(host))
    refuse(`leads to ${host}, which is link-local, a metadata service, or no host. Write the address of a receiver.`);
  const isOnlyLoopback = url.protocol === "http:" && !given.allowHttp;
  if (isOnlyLoopback && !(isIP(host) === 0 ? host === "localhost" : isLoopback(host)))
    refuse("is not encrypted. Write an https:// address, or allow this one with allowHttp: true.");
  return { url, isOnlyLoopback };
}

function urlOf({ name, value, isSecret }: Given): URL {
  try {
    return new URL(value);
  } catch {
    // The cause of the error would name the value.
    const shown = isSecret ? "its value" : `'${inertText(value)}'`;
    throw new QscError("invalid_config", `${name}: ${shown} is not a URL. Write one such as https://example.com/hook.`);
  }
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** Why a target's address, as a name server told it, is not connected to; null if it may be. */
export function addressProblem(address: string, isOnlyLoopback: boolean): string | null {
  if (isRefusedAddress(address))
    return `its name leads to ${address}, which is link-local, a metadata service, or no host`;
  return isOnlyLoopback && !isLoopback(address) ? `its name leads to ${address}, to which http is not allowed` : null;
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * Looks a name up for one connection, and refuses it if any of its addresses is one that no message goes to. The check
 * is of the very addresses that are connected to: a name that leads elsewhere a moment later cannot get around it.
 */
export function checkedLookup(isOnlyLoopback: boolean) {
  return (name: string, options: LookupOptions, answer: Answer): void => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        answer(error, []);
        return;
      }
      const problem = addresses
        .map(({ address }) => addressProblem(address, isOnlyLoopback))
        .find((each) => each !== null);
      const [first] = addresses;
      if (problem !== undefined) answer(new QscError("address_refused", problem), []);
      else if (first === undefined) answer(new Error(`${name} has no address`), []);
      else if (options.all === true) answer(null, addresses);
      else answer(null, first.address, first.family);
    });
  };
}
