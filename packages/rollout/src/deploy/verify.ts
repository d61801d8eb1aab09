import { QscError, type EngineIdentity } from "@qsc/contract";
import type { Mark } from "../canary/mark.js";
import { prove } from "../canary/prove.js";
import type { CanaryWorld } from "../canary/world.js";
import { meansModel } from "../diagnosis/engine-lines.js";
import { readEngineJournal } from "../diagnosis/journal.js";

/** The process that is to prove itself. */
export interface NewProcess {
  /** Where the telemetry ended before its start; null where that could not be read. */
  readonly mark: Mark | null;
  /** The model that was promoted, which the engine still calls its canary. */
  readonly promoted: string | null;
}

/**
 * The first decision of the new process, which names the commit as its build. Null: any build will do.
 * @throws QscError `canary_not_proven`, `served_otherwise`, `build_differs`
 */
export async function proveBuild(world: CanaryWorld, commit: string | null, { mark, promoted }: NewProcess, proofMs: number, signal?: AbortSignal): Promise<EngineIdentity> {
  const { found: { engine } } = await prove(world, { weights: [], canary: promoted, served: null, formerBoots: [], mark }, proofMs, signal);
  if (commit !== null) requireBuild("telemetry", engine.build, commit);
  return engine;
}

/** What the journal of a start proves, and what it warns of. */
export interface JournalProof {
  readonly said: string;
  readonly warnings: readonly string[];
}

/**
 * The lines of this start: the build, and for each model that votes either how it was loaded or why it was not.
 * @throws QscError `build_not_logged`, `models_not_logged`, `build_differs`, `journal_unread` where a line is missing, or the journal cannot be read
 */
export async function proveJournal({ services, unit }: CanaryWorld, commit: string, { weights }: EngineIdentity): Promise<JournalProof> {
  const { status, detail, build, findings } = await readEngineJournal({ services, unit });
  if (status !== "read") throw new QscError("journal_unread", detail);
  if (build === null) throw new QscError("build_not_logged", `The journal of this start has no line 'AI_ENGINE_BUILD: ...'; let the engine write it.`);
  requireBuild("journal", build, commit);
  const told = findings.filter(({ kind }) => kind === "init" || kind === "fail_closed");
  const names = [...new Set(told.flatMap(({ model }) => model ?? []))];
  const voting = [...weights].filter(([, weight]) => weight > 0).map(([model]) => model);
  const silent = voting.filter((model) => !names.some((name) => meansModel(name, model)));
  // A model may have another name in the journal than in the telemetry: then their number has to do.
  if (names.length < voting.length && silent.length > 0) {
    throw new QscError("models_not_logged", `The journal of this start has no [...-INIT] line of ${silent.join(", ")}: it names ${names.join(", ") || "no model"}.`);
  }
  const refusals = findings.filter(({ kind }) => kind === "fail_closed");
  return {
    said: `build ${build}, ${names.length} models: ${names.join(", ")}`,
    warnings: refusals.map(({ model, reason, count }) => `${model ?? "A model"} fails closed: ${reason} (${count} x).`),
  };
}

/** The whole SHA, or its beginning where an engine tells no more. */
function requireBuild(where: string, build: string, commit: string): void {
  if (build.length >= 7 && commit.startsWith(build.toLowerCase())) return;
  throw new QscError("build_differs", `The ${where} of the new process names the build ${build}, not ${commit}. If AI_ENGINE_BUILD is set in the unit's environment, set it to the commit or remove it.`);
}
