import { digestOf, sealed, type MonitorDocument, type RollbackDocument, type WatchRule } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";
import { headOf, type Reason } from "../operation/document.js";
import { Steps } from "../operation/steps.js";
import type { ReadState } from "../canary/state.js";
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
  read: ReadState,
): MonitorDocument {
  const { policy, policySource } = context.judgement;
  const reason = whyNot(context, read);
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

function whyNot({ unit }: OperationContext, read: ReadState): Reason {
  if (read.kind === "broken") return { code: "state_broken", text: read.detail };
  const state = read.kind === "state" ? read.state : null;
  if (state?.phase === "rolling_back") {
    const { model } = state.canary;
    const text = `There is no canary of ${unit} to watch: the rollback of ${model} began at ${state.updatedAt} (${state.reason}), and is not proven yet. If it was cut off, run qsc rollback.`;
    return { code: "operation_unfinished", text };
  }
  if (state?.phase === "activating") {
    const text = `There is no canary of ${unit} to watch yet: the activation or promotion of ${state.canary.model} has not ended. Wait for it, or run qsc rollback.`;
    return { code: "operation_unfinished", text };
  }
  return { code: "no_canary", text: `There is no canary of ${unit} to watch; activate one first.` };
}
