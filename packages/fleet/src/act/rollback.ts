import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { FleetContext } from "./context.js";
import { documentOf } from "./document.js";
import { unproven, whyOf, type Standing } from "./standing.js";

/** A rollback of a host. Never rejects: `proven` means that its baseline is. */
export async function rollBackHost(context: FleetContext, host: FleetHost, reason: string): Promise<Standing> {
  context.say(host.name, "rolling back");
  // Not ended with the fleet's command: a rollback that has begun is brought to its end.
  const answer = await context.run(host, {
    command: "rollback",
    words: ["--reason", `fleet ${context.inventory.fleet}: ${reason}`, "--json"],
    beats: false,
  }).ended;
  if (answer.kind === "proven") {
    context.say(host.name, "rolled back, proven");
    return { kind: "proven", phase: "baseline" };
  }
  context.say(host.name, `NOT ROLLED BACK: ${whyOf(answer)[0]}`);
  return unproven(context, answer);
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
