import { QscError } from "@qsc/contract";
import { parseDocument } from "yaml";
import { z } from "zod";

/** One host of a fleet. */
export interface FleetHost {
  /** How the fleet calls it. */
  readonly name: string;
  /** What `ssh` connects to, such as `qsc@10.0.0.1`, or a name of the ssh configuration. */
  readonly ssh: string;
  /** The config file of `qsc` there; null: the one that it finds by itself, such as that in /etc/qsc. */
  readonly config: string | null;
}

/** The hosts that serve the same engine. */
export interface Inventory {
  readonly fleet: string;
  /** The command on the hosts. */
  readonly qsc: readonly string[];
  /** The ssh configuration to use, as `ssh -F` takes it; null: the user's own. */
  readonly sshConfig: string | null;
  /** In the order in which they are in the file, which is that of the waves. */
  readonly hosts: readonly FleetHost[];
}

const word = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, "must be letters, digits, '.', '_' and '-'");
/** A destination that begins with `-` would be an option of ssh. */
const destination = z
  .string()
  .regex(/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u, "must be a destination of ssh, such as qsc@10.0.0.1");
const text = z.string().regex(/^[^\p{Cc}]+$/u, "must be text on one line");
const place = { config: text.optional() };
const schema = z.strictObject({
  fleet: word,
  qsc: z.array(text).min(1).default(["qsc"]),
  sshConfig: text.optional(),
  defaults: z.strictObject(place).default({}),
  hosts: z.array(z.strictObject({ name: word, ssh: destination.optional(), ...place })).min(1),
});

/**
 * Reads an inventory, YAML.
 * @throws QscError `invalid_inventory`, which names the value and says what to do
 */
export function readInventory(yaml: string): Inventory {
  const parsed = parseDocument(yaml, { prettyErrors: true });
  const [problem] = [...parsed.errors, ...parsed.warnings];
  if (problem !== undefined) throw invalid(`is not YAML: ${problem.message.split("\n")[0] ?? ""}`);
  const read = schema.safeParse(parsed.toJS());
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw invalid(`cannot be understood${where === "" ? "" : ` at '${where}'`}: ${issue?.message ?? "it is empty"}`);
  }
  const { fleet, qsc, sshConfig, defaults, hosts } = read.data;
  const all = hosts.map(({ name, ssh, ...own }): FleetHost => {
    const { config = null } = { ...defaults, ...own };
    return { name, ssh: ssh ?? name, config };
  });
  requireDistinct(all, "name", "two hosts of one name");
  requireDistinct(all, "ssh", "two hosts that ssh reaches in one place");
  return { fleet, qsc, sshConfig: sshConfig ?? null, hosts: all };
}

function requireDistinct(hosts: readonly FleetHost[], member: "name" | "ssh", what: string): void {
  const seen = new Set<string>();
  for (const { [member]: value } of hosts) {
    if (seen.has(value)) throw invalid(`has ${what}: '${value}'. Leave one of them out`);
    seen.add(value);
  }
}

function invalid(why: string): QscError {
  return new QscError("invalid_inventory", `The inventory ${why}. Correct it.`);
}
