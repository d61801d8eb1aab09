import { ANY_ADDRESS, inUrl, type ConsoleAddress } from "@qsc/rollout";

/**
 * The values of `Host` that are answered. A page of another site that has its name resolve to this machine (rebinding)
 * sends its own name, and is refused.
 */
export function allowedHosts(
  { host, isLoopback }: ConsoleAddress,
  port: number,
  names: readonly string[],
): ReadonlySet<string> {
  const own = isLoopback ? ["127.0.0.1", "localhost", "::1", host] : ANY_ADDRESS.includes(host) ? [] : [host];
  const known = own.map((name) => inUrl(name, port));
  // Behind a proxy, a name comes without a port, or with the proxy's.
  return new Set([...known, ...names.map((name) => name.toLowerCase())]);
}

/** Whether a request's `Host` is one of those that are answered. */
export function isAllowedHost(given: string | undefined, allowed: ReadonlySet<string>): boolean {
  const host = (given ?? "").toLowerCase();
  return allowed.has(host) || allowed.has(host.replace(/:\d+$/, ""));
}
