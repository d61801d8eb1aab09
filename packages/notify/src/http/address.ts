import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Addresses that no notification goes to: link-local ones, where clouds have their metadata services, the metadata
 * services elsewhere, addresses of no host, multicast, and those of the abandoned tunnels 6to4 and Teredo, which hide an
 * IPv4 address.
 */
const REFUSED = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.192", 32], // Oracle Cloud
  ["100.100.100.200", 32], // Alibaba Cloud
  ["168.63.129.16", 32], // Azure's host
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  REFUSED.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 128],
  ["fe80::", 10],
  ["fd00:ec2::", 32], // AWS
  ["fd20:ce::254", 128], // Google Cloud
  ["ff00::", 8],
  ["2002::", 16],
  ["2001::", 32],
] as const)
  REFUSED.addSubnet(net, bits, "ipv6");

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Addresses with which the system reaches an IPv4 address itself. */
const MAPPED = new BlockList();
MAPPED.addSubnet("::ffff:0:0", 96, "ipv6");

/** Prefixes of IPv6 addresses that stand for an IPv4 address in their last 32 bits: mapped, compatible, NAT64. */
const EMBEDDING = new BlockList();
EMBEDDING.addSubnet("::ffff:0:0", 96, "ipv6");
EMBEDDING.addSubnet("64:ff9b:1::", 48, "ipv6");
EMBEDDING.addSubnet("::", 96, "ipv6");
EMBEDDING.addSubnet("64:ff9b::", 96, "ipv6");

/** Whether an IP address must not be sent to. What is not an IP address must not, either. */
export function isRefusedAddress(address: string): boolean {
  const bare = withoutZone(address);
  if (isIP(bare) === 0) return true;
  if (isIPv4(bare)) return REFUSED.check(bare, "ipv4");
  const inner = embeddedIPv4(bare);
  if (inner !== null && bare !== "::1" && REFUSED.check(inner, "ipv4") && !isLoopback(bare)) return true;
  return REFUSED.check(bare, "ipv6");
}

/** Whether an IP address is this host's own. */
export function isLoopback(address: string): boolean {
  const bare = withoutZone(address);
  if (isIPv4(bare)) return LOOPBACK.check(bare, "ipv4");
  if (isIP(bare) === 0) return false;
  // What a translator of the network would reach is another host.
  const inner = MAPPED.check(bare, "ipv6") ? embeddedIPv4(bare) : null;
  return LOOPBACK.check(bare, "ipv6") || (inner !== null && LOOPBACK.check(inner, "ipv4"));
}

/** The IPv4 address that an IPv6 address stands for; null if it stands for none. */
function embeddedIPv4(address: string): string | null {
  if (!EMBEDDING.check(address, "ipv6")) return null;
  const last = address.slice(address.lastIndexOf(":") + 1);
  if (isIPv4(last)) return last;
  // The canonical form of a URL's host, such as [::ffff:a9fe:a9fe].
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":").slice(-2);
  const [high, low] = groups.map((group) => Number.parseInt(group === "" ? "0" : group, 16));
  if (high === undefined || low === undefined) return null;
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** `fe80::1` for `fe80::1%eth0`. */
function withoutZone(address: string): string {
  const [bare = ""] = address.split("%");
  return bare;
}
