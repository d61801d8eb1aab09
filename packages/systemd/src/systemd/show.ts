import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { systemctl } from "./systemctl.js";

const TIME = /^[A-Z][a-z]{2} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))? UTC$/;

/**
 * Properties of a unit by name. systemctl prints them in its own order and omits those it does not know. A list may be
 * printed as one line per member; its value here joins all members with newlines.
 */
export type Properties = ReadonlyMap<string, string>;

/** Asks for properties of one unit. Times are in UTC, with microseconds. */
export async function show(host: Host, unit: string, names: readonly string[]): Promise<Properties> {
  const args = ["show", "--timestamp=us+utc", `--property=${names.join(",")}`, "--", unit];
  return parseProperties(await systemctl(host, args, { unit, doing: `Asking for the state of ${unit} failed` }));
}

/** The lines `Name=value` that `systemctl show` prints. */
function parseProperties(text: string): Properties {
  const properties = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each.includes("="))) {
    const [name, value] = [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)];
    const earlier = properties.get(name);
    properties.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  return properties;
}

/**
 * A time as `--timestamp=us+utc` prints it, in microseconds since 1970 UTC; null if it never happened.
 * @throws QscError `service_unreachable` if it has another form: then this package does not support that systemd.
 */
export function parseTimestamp(text: string): number | null {
  if (text === "" || text === "n/a" || text === "0") return null;
  const [, date, time, fraction = ""] = TIME.exec(text) ?? [];
  const ms = Date.parse(`${date ?? ""}T${time ?? ""}Z`);
  if (Number.isNaN(ms)) {
    throw new ServiceError(
      "service_unreachable",
      `systemctl printed the time '${text}', which is not in UTC. It needs systemd 248 or later.`,
    );
  }
  return ms * 1_000 + Number(fraction.padEnd(6, "0"));
}
