import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import { unwatchedWarnings } from "./activate.js";
import type { FleetContext } from "./context.js";
import { documentOf, type FleetReason } from "./document.js";
import { Keeper, type KeeperEnd } from "./keeper.js";
import { rollBackHost } from "./rollback.js";
import type { Standing } from "./standing.js";
import { askStatus } from "./status.js";

/** The host whose watch has ended first, and how. */
interface Failed {
  readonly host: FleetHost;
  readonly end: Extract<KeeperEnd, { readonly kind: "failed" }>;
}

/** How often each host is asked how its watch stands, in milliseconds. */
const ASK_MS = 15_000;

/** What `qsc fleet monitor` is asked. */
export interface FleetMonitorRequest {
  /** Keep watching eligible canaries until a person acts. */
  readonly stay: boolean;
}

/**
 * Watches the canaries of all hosts until every one is eligible, or has the whole vote. The first that is rolled back, or
 * lost for longer than its lease, ends it, and all others are rolled back at once.
 */
export async function fleetMonitor(context: FleetContext, { stay }: FleetMonitorRequest): Promise<FleetDocument> {
  const { hosts } = context.inventory;
  const found = await Promise.all(hosts.map((host) => askStatus(context, host)));
  // Where nothing is to be watched, nothing is rolled back either: that would restart every engine.
  if (found.every(({ phase }) => phase === "baseline"))
    return documentOf(context, {
      action: "monitor",
      reasons: [{ code: "no_canary", text: "No host has a canary: run qsc fleet activate first." }],
      standing: new Map(),
    });
  const standing = new Map<string, Standing>(hosts.map(({ name }) => [name, { kind: "begun" }]));
  const over = new AbortController();
  const keepers = new Map(hosts.map((host) => [host, new Keeper(context, host)]));
  const failures: Failed[] = [];
  const rest = [...keepers].map(async ([host, keeper]) => {
    const end = await keeper.ended;
    if (end.kind === "promoted") standing.set(host.name, { kind: "proven", phase: "promoted" });
    if (end.kind !== "failed") return;
    failures.push({ host, end });
    if (failures.length > 1) return;
    context.say(host.name, `FAILED: ${end.reasons[0] ?? ""}; every host is rolled back`);
    over.abort();
  });
  const stop = AbortSignal.any([context.signal, over.signal]);
  await Promise.race([Promise.all(rest), untilEligible(context, standing, stop, stay)]);
  const [failed = null] = failures;
  if (failed !== null) {
    const why = `${failed.host.name}: ${failed.end.reasons[0] ?? "its watch has ended"}`;
    await Promise.all(hosts.map(async (host) => standing.set(host.name, await restored(context, host, why))));
  }
  const ends = await Promise.all([...keepers.values()].map((keeper) => keeper.stop()));
  const unwatched = failed === null ? ends.filter(({ kind }) => kind === "stopped").length : 0;
  return documentOf(context, {
    action: "monitor",
    reasons: reasonsOf(context, failed, standing),
    standing,
    warnings: unwatchedWarnings(unwatched),
  });
}

async function restored(context: FleetContext, host: FleetHost, why: string): Promise<Standing> {
  const back = await rollBackHost(context, host, why);
  return back.kind === "proven" ? { kind: "rolled_back", reasons: [why] } : back;
}

function reasonsOf(
  { signal }: FleetContext,
  failed: Failed | null,
  standing: ReadonlyMap<string, Standing>,
): readonly FleetReason[] {
  if (failed !== null) {
    const { host, end } = failed;
    const code = end.isReachable ? "host_failed" : "host_unreachable";
    return [{ code, text: `${host.name}: ${end.reasons[0] ?? "its watch has ended"}` }];
  }
  const isOpen = [...standing.values()].some(({ kind }) => kind !== "proven");
  return signal.aborted && isOpen
    ? [{ code: "interrupted", text: "Interrupted before the canary was eligible on every host." }]
    : [];
}

/** Asks all hosts again and again, until every one is eligible or promoted. */
async function untilEligible(
  context: FleetContext,
  standing: Map<string, Standing>,
  stop: AbortSignal,
  stay: boolean,
): Promise<void> {
  const { hosts } = context.inventory;
  const phases = new Map<string, string>();
  while (!stop.aborted) {
    await Promise.all(
      hosts.map(async (host) => {
        const { answer, phase } = await askStatus(context, host, stop);
        if (stop.aborted || phase === null) return;
        if (phases.get(host.name) !== phase) context.say(host.name, `phase ${phase}`);
        phases.set(host.name, phase);
        const isThere = answer.kind === "proven" && (phase === "eligible" || phase === "promoted");
        standing.set(host.name, isThere ? { kind: "proven", phase } : { kind: "begun" });
      }),
    );
    const isAll = hosts.every(({ name }) => standing.get(name)?.kind === "proven");
    if (isAll && !stay) return;
    await context.sleep(ASK_MS, stop);
  }
}
