import { digestOf, iso, type CheckResult, type ErrorCode, type EvidenceHead, type ModelVerdict } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { isAgainst, isNamed } from "@qsc/violations";
import type { Collection } from "./collect.js";
import type { Earlier } from "./earlier.js";
import type { JudgementContext } from "./context.js";
import type { WindowRequest } from "./window.js";

/** The time that a judgement is made for, and where it comes from. */
export interface AsOf {
  readonly ms: number;
  readonly from: EvidenceHead["asOfFrom"];
}

/** As asked; otherwise now for a live source, or the last event of a recorded one. */
export function asOfOf(source: EventSource, { asOf }: WindowRequest, newestMs: number | null, now: number): AsOf {
  if (asOf !== null) return { ms: asOf.lastMs, from: "option" };
  if (source.live || newestMs === null) return { ms: now, from: "clock" };
  return { ms: newestMs, from: "last event" };
}

/** What every document says about its evidence, except for the verdict. */
export function evidenceOf({
  source,
  collection,
  earlier,
  asOf,
  request,
  context,
  integrity,
}: {
  readonly source: EventSource;
  readonly collection: Collection;
  readonly earlier: Earlier | null;
  readonly asOf: AsOf;
  readonly request: WindowRequest;
  readonly context: JudgementContext;
  readonly integrity: readonly CheckResult[];
}): Omit<EvidenceHead, "verdict" | "exitCode" | "reasons" | "codes"> {
  const { card } = collection;
  return {
    judgedAt: iso(context.now()),
    asOf: iso(asOf.ms),
    asOfFrom: asOf.from,
    after: request.afterMs === null ? null : iso(request.afterMs),
    count: request.count,
    source: source.label,
    stream: source.stream,
    unit: context.unit,
    firstId: card.firstId,
    lastId: card.lastId,
    earlier: earlier?.said ?? null,
    policyHash: digestOf(context.policy),
    policySource: context.policySource,
    counts: card.counts,
    rejected: card.rejected(),
    integrity,
    builds: card.engine.builds.list().map(({ what }) => what),
    boots: card.engine.boots.list().map(({ what }) => what),
    host: context.host,
    toolVersion: context.toolVersion,
  };
}

/** What speaks against a pass: a code for scripts and the runbook, and a whole sentence. */
export interface Objection {
  /** The id of the check that objects, or an ErrorCode. */
  readonly code: string;
  readonly text: string;
}

/** No event names a model, so nothing can be judged. */
export const NO_MODELS: Objection = { code: "no_models" satisfies ErrorCode, text: "no event names a model" };

/** Objections, in the form that a document has. */
export function reasonsWithCodes(all: readonly Objection[]): Required<Pick<EvidenceHead, "reasons" | "codes">> {
  return { reasons: all.map(({ text }) => text), codes: all.map(({ code }) => code) };
}

/** The code for a model that did not pass. */
export function codeOf({ verdict, unsigned }: Pick<ModelVerdict, "verdict" | "unsigned">): ErrorCode {
  if (unsigned !== undefined) return unsigned;
  return verdict === "fail" ? "model_failed" : "model_unproven";
}

/**
 * A sentence for each check that speaks against a pass, violations first. Rejected entries are named even if they are
 * within their limit: they are why other checks are unknown.
 */
export function objections(checks: readonly CheckResult[]): readonly Objection[] {
  const violations = checks.filter(({ status }) => status === "violation");
  const rejected = checks.filter(isNamed);
  const unknowns = checks.filter((check) => check.status === "unknown" && isAgainst(check));
  return [...violations, ...rejected, ...unknowns].map(({ id, reason }) => ({ code: id, text: `${id}: ${reason}` }));
}
