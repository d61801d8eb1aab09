import { QscError, type EngineIdentity } from "@qsc/contract";
import type { Mark } from "../operation/mark.js";
import { prove } from "../operation/prove.js";
import type { OperationContext } from "../operation/context.js";
import { meansModel } from "../judge/diagnosis/engine-lines.js";
import { readEngineJournal } from "../judge/diagnosis/journal.js";

/** The process that has to prove its build. */
export interface NewProcess {
  /** Where the telemetry ended before its start; null if that could not be read. */
  readonly mark: Mark | null;
  /** The promoted model that the engine still names as its canary. */
  readonly promoted: string | null;
}

/**
 * Waits for the first decision of the new process, which must name the commit as its build. Null: any build will do.
 * @throws QscError `canary_not_proven`, `served_otherwise`, `build_differs`
 */
export async function proveBuild(
  context: OperationContext,
  commit: string | null,
  { mark, promoted }: NewProcess,
  proofMs: number,
  signal?: AbortSignal,
): Promise<EngineIdentity> {
  const {
    found: { engine },
  } = await prove(context, { weights: [], canary: promoted, served: null, formerBoots: [], mark }, proofMs, signal);
  if (commit !== null) requireBuild("telemetry", engine.build, commit);
  return engine;
}

/** What the journal of a start proves, and its warnings. */
export interface JournalProof {
  readonly said: string;
  readonly warnings: readonly string[];
}

/**
 * Checks the journal of this start: it must name the build, and say for each voting model either how it was loaded or
 * why it was not.
 * @throws QscError `build_not_logged`, `models_not_logged`, `build_differs` if a line is missing or wrong;
 * `journal_unread` if the journal cannot be read
 */
export async function proveJournal(
  { services, unit }: OperationContext,
  commit: string,
  { weights }: EngineIdentity,
): Promise<JournalProof> {
  const { status, detail, build, findings } = await readEngineJournal({ services, unit });
  if (status !== "read") throw new QscError("journal_unread", detail);
  if (build === null)
    throw new QscError(
      "build_not_logged",
      `The journal of this start has no line 'AI_ENGINE_BUILD: ...'; make the engine write it.`,
    );
  requireBuild("journal", build, commit);
  const told = findings.filter(({ kind }) => kind === "init" || kind === "fail_closed");
  const names = [...new Set(told.flatMap(({ model }) => model ?? []))];
  const voting = [...weights].filter(([, weight]) => weight > 0).map(([model]) => model);
  const silent = voting.filter((model) => !names.some((name) => meansModel(name, model)));
  // A model may have another name in the journal than in the telemetry: then only the numbers of models are compared.
  if (names.length < voting.length && silent.length > 0) {
    throw new QscError(
      "models_not_logged",
      `The journal of this start has no [...-INIT] line for ${silent.join(", ")}: it names ${names.join(", ") || "no model"}.`,
    );
  }
  const refusals = findings.filter(({ kind }) => kind === "fail_closed");
  return {
    said: `build ${build}, ${names.length} models: ${names.join(", ")}`,
    warnings: refusals.map(({ model, reason, count }) => `${model ?? "A model"} fails closed: ${reason} (${count} x).`),
  };
}

/** Accepts the whole SHA, or an abbreviation from an engine that knows no more. */
function requireBuild(where: string, build: string, commit: string): void {
  if (build.length >= 7 && commit.startsWith(build.toLowerCase())) return;
  throw new QscError(
    "build_differs",
    `The ${where} of the new process names build ${build}, not ${commit}. If AI_ENGINE_BUILD is set in the unit's environment, set it to the commit or remove it.`,
  );
}
