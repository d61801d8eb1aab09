import { digestOf, sealed, type MonitorDocument, type RollbackDocument, type WatchRule } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";
import { headOf, type Reason } from "../operation/document.js";
import { Steps } from "../operation/steps.js";
import type { WatchLoop } from "../watch/loop.js";
import type { Reading } from "../watch/reading.js";
import type { Watched } from "../watch/reducer.js";

/** What the document of a run is made from. */
interface WatchedRun {
  readonly context: OperationContext;
  readonly request: { readonly rule: WatchRule };
  readonly watched: Watched;
  readonly steps: Steps;
  readonly reading: Reading;
  readonly loop: WatchLoop;
}

interface Extras {
  readonly warnings?: readonly string[];
  readonly violations?: readonly string[];
  readonly rollback?: RollbackDocument;
}

/** The document of a run, as of now. */
export function documentOf(
  { context, request, watched, steps, reading, loop }: WatchedRun,
  outcome: MonitorDocument["outcome"],
  reasons: readonly Reason[],
  { warnings = [], violations = [], rollback }: Extras = {},
): MonitorDocument {
  const { canary } = watched;
  const segments = reading.segments;
  return sealed({
    kind: "monitor" as const,
    ...headOf(context, { reasons, warnings: [...reading.warnings, ...loop.warnings, ...warnings] }, steps),
    model: canary.model,
    share: canary.share,
    outcome,
    watch: loop.progress,
    rule: request.rule,
    evidence: reading.findings,
    power: reading.power.find(({ model }) => model === canary.model) ?? null,
    policyHash: canary.policyHash,
    policySource: context.judgement.policySource,
    violations,
    integrity: reading.look?.integrity ?? [],
    models: (reading.look?.models ?? []).map((verdict) => {
      const own = segments.get(verdict.model);
      return own === undefined ? verdict : { ...verdict, segments: own };
    }),
    rollback: rollback ?? null,
  });
}

/** The document of a monitor that found no canary. */
export function nothingToWatch(
  context: OperationContext,
  { rule }: { readonly rule: WatchRule },
  broken: string | null,
): MonitorDocument {
  const { policy, policySource } = context.judgement;
  const reason: Reason =
    broken === null
      ? { code: "no_canary", text: `There is no canary of ${context.unit} to watch; activate one first.` }
      : { code: "state_broken", text: broken };
  return sealed({
    kind: "monitor" as const,
    ...headOf(context, { reasons: [reason] }, new Steps()),
    model: null,
    share: null,
    outcome: "no_canary",
    watch: null,
    rule,
    evidence: [],
    power: null,
    policyHash: digestOf(policy),
    policySource,
    violations: [],
    integrity: [],
    models: [],
    rollback: null,
  });
}
