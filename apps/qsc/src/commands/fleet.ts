import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  FLEET_ACTIONS,
  inertText,
  iso,
  parseDuration,
  QscError,
  type FleetAction,
  type FleetDocument,
} from "@qsc/contract";
import type * as fleet from "@qsc/fleet";
import { actor } from "../actor.js";
import { text, textOr, type FileCommand, type Flags, type Session } from "../command.js";
import { readOptionFile, requireOwn } from "../read-file.js";

type Library = typeof fleet;
type Run = (library: Library, context: fleet.FleetContext, flags: Flags) => Promise<FleetDocument>;

/** What each action does, and which options it needs and passes on to each host. */
interface Row {
  readonly run: Run;
  readonly needs: readonly string[];
  /** The options that it takes, besides those that it needs. */
  readonly takes: readonly string[];
}

const IN_WAVES = ["waves", "soak"];
const OF_A_SHIFT = ["duration", "window", "proof-timeout"];
const OF_A_DEPLOYMENT = ["repo", "build", "proof-timeout"];

const ROWS: Readonly<Record<FleetAction, Row>> = {
  status: { needs: [], takes: [], run: ({ fleetStatus }, context) => fleetStatus(context) },
  deploy: {
    needs: ["commit"],
    takes: [...IN_WAVES, ...OF_A_DEPLOYMENT],
    run: (library, context, flags) =>
      library.fleetDeploy(context, {
        ...inWaves(library, context, flags),
        commit: textOr(flags, "commit", ""),
        further: passedOn(flags, OF_A_DEPLOYMENT),
      }),
  },
  activate: {
    needs: ["model"],
    takes: [...IN_WAVES, ...OF_A_SHIFT, "shadow"],
    run: (library, context, flags) =>
      library.fleetActivate(context, {
        ...inWaves(library, context, flags),
        model: textOr(flags, "model", ""),
        further: [...passedOn(flags, OF_A_SHIFT), ...(flags["shadow"] === true ? ["--shadow"] : [])],
      }),
  },
  monitor: {
    needs: [],
    takes: ["stay"],
    run: ({ fleetMonitor }, context, flags) => fleetMonitor(context, { stay: flags["stay"] === true }),
  },
  promote: {
    needs: ["to"],
    takes: [...IN_WAVES, ...OF_A_SHIFT],
    run: (library, context, flags) =>
      library.fleetPromote(context, {
        ...inWaves(library, context, flags),
        to: text(flags, "to") === "100" ? 1 : 0.5,
        further: passedOn(flags, OF_A_SHIFT),
      }),
  },
  rollback: {
    needs: [],
    takes: ["reason"],
    run: ({ fleetRollback }, context, flags) =>
      fleetRollback(context, textOr(flags, "reason", "asked for by an operator")),
  },
};

/** `qsc fleet`. */
export const fleetCommand: FileCommand = {
  kind: "examines",
  endsItself: true,
  name: "fleet",
  summary: "The same engine on many hosts: act on them in waves, over ssh. Exit 0 all are proven, 2 not",
  positional: {
    name: "action",
    choices: FLEET_ACTIONS,
    description: "What to do on the hosts: as the commands of these names do on one",
  },
  options: {
    inventory: {
      type: "string",
      demandOption: "name the file with the hosts with --inventory",
      completes: "file",
      description: "The hosts, in the order in which they act: YAML",
    },
    waves: { type: "string", description: "How many hosts have acted after each wave [1,10%,100%]" },
    soak: { type: "string", description: "How long to watch between two waves [0s]" },
    commit: { type: "string", description: "Of deploy: SHA of the commit" },
    repo: { type: "string", description: "Of deploy: the git checkout on each host" },
    build: { type: "string", description: "Of deploy: a command line to run in the checkout before the start" },
    model: { type: "string", description: "Of activate: the model that gets 10 % of the vote" },
    shadow: { type: "boolean", default: false, description: "Of activate: the engines run the model as a shadow" },
    to: { type: "string", choices: ["50", "100"], description: "Of promote: share of the vote in percent" },
    duration: { type: "string", description: "Of activate and promote: how long to watch at this share [6h]" },
    window: { type: "string", description: "Of activate and promote: number of newest entries that are judged [2000]" },
    "proof-timeout": {
      type: "string",
      description: "Longest wait of each host for the first decision of a new process [30s]",
    },
    stay: { type: "boolean", default: false, description: "Of monitor: keep watching until a person acts" },
    reason: { type: "string", description: "Of rollback: the reason, for the logs [asked for by an operator]" },
  },
  settings: ["workdir"],
  examples: [
    ["$0 fleet status --inventory hosts.yaml", "one line for each host"],
    ["$0 fleet activate --inventory hosts.yaml --model patchtst --soak 30m", "one host, a tenth of them, all"],
    ["$0 fleet monitor --inventory hosts.yaml", "watch them all; the first that fails rolls back every one"],
    ["$0 fleet rollback --inventory hosts.yaml --reason 'spread widened'", "all at once"],
  ],
  run: async (session) => {
    const { flags } = session;
    const row = rowOf(flags);
    const library = await import("@qsc/fleet");
    const inventory = await inventoryFrom(library, textOr(flags, "inventory", ""));
    return row.run(library, await contextOf(library, inventory, session), flags);
  },
};

/** @throws QscError `usage` for an option that the action needs, or does not take */
function rowOf(flags: Flags): Row {
  const action = FLEET_ACTIONS.find((each) => each === text(flags, "action"));
  if (action === undefined) throw new QscError("usage", `Say what to do on the fleet: ${FLEET_ACTIONS.join(", ")}.`);
  const row = ROWS[action];
  for (const name of row.needs)
    if (text(flags, name) === null)
      throw new QscError("usage", `qsc fleet ${action} needs --${name}: name it; see qsc fleet --help.`);
  const known = new Set(["inventory", ...row.needs, ...row.takes]);
  const strange = Object.keys(fleetCommand.options).find((name) => isGiven(flags[name]) && !known.has(name));
  if (strange !== undefined)
    throw new QscError("usage", `--${strange} is not an option of qsc fleet ${action}; leave it out.`);
  return row;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function inWaves(library: Library, { inventory }: fleet.FleetContext, flags: Flags): fleet.InWaves {
  return {
    waves: library.wavesOf(inventory.hosts, textOr(flags, "waves", library.DEFAULT_WAVES)),
    soakMs: parseDuration(textOr(flags, "soak", "0s"), "--soak"),
  };
}

/** The options that each host gets as they were given. */
function passedOn(flags: Flags, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const value = text(flags, name);
    return value === null ? [] : [`--${name}`, value];
  });
}

/** Its ssh configuration, which can name programs to run, is beside it, and as trusted. @throws QscError */
async function inventoryFrom({ readInventory }: Library, path: string): Promise<fleet.Inventory> {
  const inventory = readInventory(await readOptionFile("Inventory", path, "invalid_inventory"));
  if (inventory.sshConfig === null) return inventory;
  const sshConfig = resolve(dirname(path), inventory.sshConfig);
  await requireOwn("The ssh configuration", sshConfig, "invalid_inventory");
  return { ...inventory, sshConfig };
}

async function contextOf(
  library: Library,
  inventory: fleet.Inventory,
  { io, quiet, signal, judgement }: Session,
): Promise<fleet.FleetContext> {
  const { LEASE_SECONDS, PROMISE_SECONDS } = await import("@qsc/rollout");
  const { host, toolVersion } = judgement;
  return {
    inventory,
    run: library.sshRunner(inventory),
    signal,
    now: judgement.now,
    sleep: (ms, until) => wait(ms, undefined, { signal: until }).catch(() => undefined),
    by: `qsc fleet of ${actor()} on ${hostname()} (process ${process.pid}, since ${iso(judgement.now())})`,
    say: (name, sentence) => {
      if (!quiet) io.err(`${inertText(name === null ? sentence : `${name}  ${sentence}`)}\n`);
    },
    bounds: { lease: LEASE_SECONDS, promise: PROMISE_SECONDS },
    place: { host, toolVersion },
  };
}
