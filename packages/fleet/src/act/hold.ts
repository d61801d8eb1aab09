import type { FleetHost } from "../inventory.js";
import { whyOf } from "./standing.js";
import type { FleetContext } from "./context.js";
import type { FleetReason } from "./document.js";

/** Milliseconds in which a host must say that it is held. */
const HELD_MS = 30_000;

/** All hosts of a fleet, held by one command. */
export interface Held {
  /** Why not all could be held; then none is. */
  readonly reasons: readonly FleetReason[];
  release(): Promise<void>;
}

/**
 * Holds every host, so that no second command acts on this fleet, or on another that shares a host with it. A host lets
 * go as soon as this command ends, or is not heard for a while.
 * @param onLost called when a host lets go before it is released
 */
export async function holdAll(context: FleetContext, onLost: (host: FleetHost, why: string) => void): Promise<Held> {
  const { inventory, run, by, sleep } = context;
  const over = new AbortController();
  const holds = inventory.hosts.map((host) => ({
    host,
    started: run(host, { command: "hold", words: ["--by", by], signal: over.signal, beats: true }),
  }));
  const reasons = await Promise.all(
    holds.map(async ({ host, started }): Promise<readonly FleetReason[]> => {
      const late = new AbortController();
      const line = await Promise.race([started.firstLine, sleep(HELD_MS, late.signal).then(() => "late")]);
      late.abort();
      if (line !== null && isHeld(line)) {
        void started.ended.then((answer) => {
          if (!over.signal.aborted) onLost(host, answer.kind === "proven" ? "it let go" : whyOf(answer)[0]);
        });
        return [];
      }
      if (line === "late")
        return [
          { code: "host_unclear", text: `${host.name}: it does not say that it is held: run qsc hold there by hand` },
        ];
      const answer = await started.ended;
      if (answer.kind === "proven") return [{ code: "host_failed", text: `${host.name}: it was not held` }];
      // A refusal of this command is a sentence: it has no document.
      const code = answer.kind === "unreachable" ? "host_unreachable" : "host_failed";
      return [{ code, text: `${host.name}: ${whyOf(answer)[0]}` }];
    }),
  );
  const release = async (): Promise<void> => {
    over.abort();
    await Promise.all(holds.map(({ started }) => started.ended));
  };
  const flat = reasons.flat();
  if (flat.length > 0) await release();
  return { reasons: flat, release };
}

function isHeld(line: string): boolean {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === "object" && said !== null && "held" in said;
  } catch {
    return false;
  }
}
