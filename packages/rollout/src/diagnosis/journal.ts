import { asQscError, describeDuration, type JournalReading } from "@qsc/contract";
import type { ServiceManager } from "@qsc/systemd";
import { EngineLines } from "./engine-lines.js";

/** Longest time for reading a journal. */
const READ_MS = 60_000;

/** Whose journal is read, or why none is. */
export type JournalOf = { readonly services: ServiceManager; readonly unit: string } | { readonly skipped: string };

/** What the unit's running process has written of its models. Never rejects: what cannot be read is unknown, and says why. */
export async function readEngineJournal(of: JournalOf): Promise<JournalReading> {
  if ("skipped" in of) return { status: "skipped", detail: of.skipped, build: null, findings: [] };
  try {
    return await read(of.services, of.unit);
  } catch (thrown) {
    const error = asQscError(thrown);
    if (error.code === "internal") throw error;
    // What judges and reads no journal loads nothing that runs commands.
    const { ServiceError } = await import("@qsc/systemd");
    const isRefused = error instanceof ServiceError && error.code !== "service_permission" && /permission/i.test(error.stderr);
    return unknown(isRefused ? `${error.message} Members of the group systemd-journal may read it.` : error.message);
  }
}

async function read(services: ServiceManager, unit: string): Promise<JournalReading> {
  const { load, active, invocationId } = await services.state(unit);
  if (load === "not-found") return unknown(`There is no unit ${unit}; name the engine's with --unit.`);
  if (invocationId === null) return unknown(`${unit} is ${active} and was never started, so it has written nothing.`);
  const signal = AbortSignal.timeout(READ_MS);
  const lines = new EngineLines();
  for await (const { message } of services.journal(unit, { invocationId, signal })) lines.add(message);
  if (signal.aborted) return unknown(`The journal of ${unit} was not read to its end within ${describeDuration(READ_MS)}.`);
  if (lines.lines === 0) {
    return unknown(`The journal has no line of the present start of ${unit}: it has written nothing, or the journal has dropped it. A user who is not in the group systemd-journal sees only a part.`);
  }
  const state = active === "active" ? "" : `, which is ${active}`;
  return { status: "read", detail: `${lines.lines} lines of the present start of ${unit}${state}`, build: lines.build, findings: lines.findings };
}

function unknown(detail: string): JournalReading {
  return { status: "unknown", detail, build: null, findings: [] };
}
