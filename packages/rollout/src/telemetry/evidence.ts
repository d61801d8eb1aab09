import { digestOf, iso, type CheckResult, type EvidenceHead } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { isAgainst, isNamed } from "@qsc/violations";
import type { Collection } from "./collect.js";
import type { Earlier } from "./earlier.js";
import type { Setting } from "./setting.js";
import type { WindowRequest } from "./window.js";

/** The instant a judgement is made for, and what set it. */
export interface AsOf {
  readonly ms: number;
  readonly from: EvidenceHead["asOfFrom"];
}

/** As asked; else now, where the source is live; else the last event of a recorded one. */
export function asOfOf(
  source: EventSource,
  { asOf }: WindowRequest,
  newestMs: number | null,
  now: number,
): AsOf {
  if (asOf !== null) return { ms: asOf.lastMs, from: "option" };
  if (source.live || newestMs === null) return { ms: now, from: "clock" };
  return { ms: newestMs, from: "last event" };
}

/** What every document says of its evidence, the verdict excepted. */
export function evidenceOf(
  { source, collection, earlier, asOf, request, setting, integrity }: {
    readonly source: EventSource;
    readonly collection: Collection;
    readonly earlier: Earlier | null;
    readonly asOf: AsOf;
    readonly request: WindowRequest;
    readonly setting: Setting;
    readonly integrity: readonly CheckResult[];
  },
): Omit<EvidenceHead, "verdict" | "exitCode" | "reasons"> {
  const { card } = collection;
  return {
    judgedAt: iso(setting.now()),
    asOf: iso(asOf.ms),
    asOfFrom: asOf.from,
    after: request.afterMs === null ? null : iso(request.afterMs),
    count: request.count,
    source: source.label,
    stream: source.stream,
    unit: setting.unit,
    firstId: card.firstId,
    lastId: card.lastId,
    earlier: earlier?.said ?? null,
    policyHash: digestOf(setting.policy),
    policySource: setting.policySource,
    counts: card.counts,
    rejected: card.rejected(),
    integrity,
    builds: card.engine.builds.list().map(({ what }) => what),
    boots: card.engine.boots.list().map(({ what }) => what),
    host: setting.host,
    toolVersion: setting.toolVersion,
  };
}

/**
 * A sentence for each check that stands in the way, violations first. Rejected entries are named
 * even where they are few enough: they are what leaves other checks unknown.
 */
export function objections(checks: readonly CheckResult[]): readonly string[] {
  const violations = checks.filter(({ status }) => status === "violation");
  const rejected = checks.filter(isNamed);
  const unknowns = checks.filter((check) => check.status === "unknown" && isAgainst(check));
  return [...violations, ...rejected, ...unknowns].map(({ id, reason }) => `${id}: ${reason}`);
}
