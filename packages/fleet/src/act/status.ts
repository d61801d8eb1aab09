import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { Answer } from "../ssh/answer.js";
import type { FleetContext } from "./context.js";
import { documentOf } from "./document.js";
import { unproven, type Standing } from "./standing.js";

/** What a host says of its canary. */
export interface HostStatus {
  readonly answer: Answer;
  /** Null if the host did not say. */
  readonly phase: string | null;
  readonly model: string | null;
  readonly share: number | null;
  /** What its log ends with: an event, and the commits of a deployment. */
  readonly last: { readonly event: string | null; readonly commit: string | null; readonly former: string | null };
}

/** Asks a host for its status. Never rejects. */
export async function askStatus(
  { run, signal }: FleetContext,
  host: FleetHost,
  until?: AbortSignal,
): Promise<HostStatus> {
  const answer = await run(host, {
    command: "status",
    words: ["--json"],
    signal: until ?? signal,
    beats: false,
  }).ended;
  const said = answer.kind === "proven" || answer.kind === "refused" ? answer.document : {};
  const { phase, model, share, lastAudit } = said as Readonly<Record<string, unknown>>;
  const { event, details } = objectOf(lastAudit);
  const { commit, former } = objectOf(details);
  return {
    answer,
    phase: textOf(phase),
    model: textOf(model),
    share: typeof share === "number" ? share : null,
    last: { event: textOf(event), commit: textOf(commit), former: textOf(former) },
  };
}

/** The status of every host. It passes only if every one says that all its signs agree. */
export async function fleetStatus(context: FleetContext): Promise<FleetDocument> {
  const standing = new Map<string, Standing>();
  await Promise.all(
    context.inventory.hosts.map(async (host) => {
      const { answer, phase } = await askStatus(context, host);
      standing.set(host.name, answer.kind === "proven" ? { kind: "proven", phase } : unproven(context, answer, phase));
    }),
  );
  return documentOf(context, { action: "status", reasons: [], standing });
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
