import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { FleetContext } from "./context.js";
import { documentOf } from "./document.js";
import { untilMs, whyOf, type Standing } from "./standing.js";

/** A rollback of a host. Never rejects: `proven` means that its baseline is. */
export async function rollBackHost(context: FleetContext, host: FleetHost, reason: string): Promise<Standing> {
  context.say(host.name, "rolling back");
  // Not ended with the fleet's command: a rollback that has begun is brought to its end.
  const answer = await context.run(host, {
    words: ["rollback", "--reason", `fleet ${context.inventory.fleet}: ${reason}`, "--json"],
    kind: "rollback",
    beats: false,
  }).ended;
  context.say(
    host.name,
    answer.kind === "proven" ? "rolled back, proven" : `NOT ROLLED BACK: ${whyOf(answer)[0] ?? ""}`,
  );
  if (answer.kind === "proven") return { kind: "proven", phase: "baseline" };
  const reasons = whyOf(answer);
  if (answer.kind === "unreachable") return { kind: "unreachable", reasons, untilMs: untilMs(context.now()) };
  return { kind: "failed", reasons, phase: null };
}

/** Rolls back every host of a fleet at once, from any state. It passes only if every baseline is proven. */
export async function fleetRollback(context: FleetContext, reason: string): Promise<FleetDocument> {
  const standing = new Map<string, Standing>();
  await Promise.all(
    context.inventory.hosts.map(async (host) => {
      standing.set(host.name, await rollBackHost(context, host, reason));
    }),
  );
  return documentOf(context, { action: "rollback", reasons: [], standing });
}
