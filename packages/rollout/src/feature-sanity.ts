import { EXIT, sealed, type SanityDocument } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import {
  besideFeatures,
  type FeatureManifest,
  type FeatureManifests,
  judgeFeatures,
  judgeIntegrity,
  limitOf,
  verdictOf,
} from "@qsc/violations";
import { sanityRequest, contextRule, sourceRule } from "./judge/requests.js";
import { collect } from "./judge/collect.js";
import { gapsOf } from "./judge/gaps.js";
import { requireModel } from "./judge/require-model.js";
import { asOfOf, evidenceOf, objections, reasonsWithCodes } from "./judge/evidence.js";
import type { JudgementContext } from "./judge/context.js";
import { stepsAgainst } from "./judge/next-steps.js";
import { shardsOf } from "./judge/shards.js";
import { fixWindow, sinceOf, type WindowRequest } from "./judge/window.js";

export interface SanityRequest extends WindowRequest {
  /**
   * The manifest with the features and their reference distributions, or one per model; and its name for the document.
   */
  readonly manifest: { readonly name: string; readonly content: NonNullable<FeatureManifests> } | null;
}

/**
 * Judges the features that the models were given. Exits with 0 only if every check passes.
 * @throws QscError if the source cannot be read; `unknown_model` for the manifest of a model that is not in the
 * telemetry
 */
export async function featureSanity(
  source: EventSource,
  request: SanityRequest,
  context: JudgementContext,
): Promise<SanityDocument> {
  requireValid(source, request, context);
  const { policy } = context;
  const manifest = request.manifest?.content ?? null;
  const window = await fixWindow(source, request, context);
  const wanted = {
    policy,
    features: { manifest },
    byLabel: false,
    recent: false,
    shadow: null,
    sharded: source.shards !== undefined,
  };
  const { collection, earlier, expectedModels } = await collect(source, window, wanted);
  const asOf = asOfOf(source, request, collection.newestMs, context.now());
  const { card, features } = collection;
  if (features === null) throw new TypeError("features were asked for and not collected");
  const names = [...new Set([...card.modelNames(), ...expectedModels])].sort();
  requireModels(manifest, names);
  const sinceMs = sinceOf(request, card.counts.read);
  const integrity = besideFeatures(
    judgeIntegrity(
      card,
      {
        asOfMs: asOf.ms,
        nowMs: context.now(),
        sinceMs,
        sourceClockOffsetMs: window.sourceClockOffsetMs,
        gaps: gapsOf(source, earlier?.gaps ?? [], collection.gaps),
        shards: shardsOf(source, collection.shards, request, sinceMs),
        minEvents: 0,
      },
      policy,
    ),
  );
  const judged = judgeFeatures(features, {
    policy,
    manifest,
    version1: card.engine.contracts.list().some(({ what }) => what === "1"),
    rejected: card.counts.rejected,
  });
  const verdict = verdictOf([...integrity, ...judged.checks]);
  const against = objections([...judged.checks, ...integrity]);
  return sealed({
    kind: "feature-sanity" as const,
    verdict,
    exitCode: verdict === "pass" ? EXIT.proven : EXIT.refused,
    ...reasonsWithCodes(against),
    next: stepsAgainst(against),
    ...evidenceOf({ source, collection, earlier, asOf, request, context, integrity }),
    ...judged,
    driftLimit: limitOf(policy, "feature_drift.psi"),
    warnings: [...ofAnother(manifest, names), ...judged.warnings],
    manifest: request.manifest?.name ?? null,
  });
}

function requireValid(source: EventSource, request: SanityRequest, context: JudgementContext): void {
  sourceRule(source, "source");
  sanityRequest(request, "request");
  contextRule(context, "context");
}

/** Otherwise a vector that all models share would be judged for a model that does not exist. */
function requireModels(manifest: FeatureManifests, names: readonly string[]): void {
  const byModel: ReadonlyMap<string, unknown> = manifest instanceof Map ? manifest : new Map();
  for (const model of byModel.keys()) requireModel(model, names);
}

/**
 * Warns if the one manifest for all belongs to a model that is not in the telemetry: the model may have another name
 * there.
 */
function ofAnother(manifest: FeatureManifests, names: readonly string[]): readonly string[] {
  const owner = manifest === null || manifest instanceof Map ? undefined : (manifest as FeatureManifest).model;
  if (owner === undefined || names.length === 0 || names.includes(owner)) return [];
  return [
    `the manifest belongs to ${owner}, but the models in the telemetry are ${names.join(", ")}: name its model with --manifest MODEL=FILE`,
  ];
}
