import { asQscError, describeDuration, type JournalReading } from "@qsc/contract";
import type { ServiceManager } from "@qsc/systemd";
import { EngineLines } from "./engine-lines.js";

/** The longest that reading a journal may take. */
const READ_MS = 60_000;

/** The unit whose journal is read, or why none is. */
export type JournalOf = { readonly services: ServiceManager; readonly unit: string } | { readonly skipped: string };

/**
 * What the unit's running process has written about its models. Never rejects, except for a bug: if the journal cannot
 * be read, the answer is `unknown`, and says why.
 */
export async function readEngineJournal(of: JournalOf): Promise<JournalReading> {
  if ("skipped" in of) return { status: "skipped", detail: of.skipped, build: null, findings: [] };
  try {
    return await read(of.services, of.unit);
  } catch (thrown) {
    const error = asQscError(thrown);
    if (error.code === "internal") throw error;
    // Imported here so that a judgement without a journal loads no code that runs commands.
    const { ServiceError } = await import("@qsc/systemd");
    const isRefused =
      error instanceof ServiceError && error.code !== "service_permission" && /permission/i.test(error.stderr);
    return unknown(isRefused ? `${error.message} Add the user to the group systemd-journal.` : error.message);
  }
}

async function read(services: ServiceManager, unit: string): Promise<JournalReading> {
  const { load, active, invocationId } = await services.state(unit);
  if (load === "not-found") return unknown(`There is no unit ${unit}; name the engine's unit with --unit.`);
  if (invocationId === null) return unknown(`${unit} is ${active} and was never started, so it has written nothing.`);
  const signal = AbortSignal.timeout(READ_MS);
  const lines = new EngineLines();
  for await (const { message } of services.journal(unit, { invocationId, signal })) lines.add(message);
  if (signal.aborted)
    return unknown(`The journal of ${unit} was not read to its end within ${describeDuration(READ_MS)}.`);
  if (lines.lines === 0) {
    return unknown(
      `The journal has no line of the present start of ${unit}: the unit wrote nothing, or the journal dropped its lines. A user outside the group systemd-journal sees only part of a journal.`,
    );
  }
  const state = active === "active" ? "" : `, which is ${active}`;
  return {
    status: "read",
    detail: `${lines.lines} lines of the present start of ${unit}${state}`,
    build: lines.build,
    findings: lines.findings,
  };
}

function unknown(detail: string): JournalReading {
  return { status: "unknown", detail, build: null, findings: [] };
}
