import { EXIT, sealed, type SanityDocument } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { besideFeatures, judgeFeatures, judgeIntegrity, verdictOf, type FeatureManifest, type FeatureManifests } from "@qsc/violations";
import { sanityRequest, settingRule, sourceRule } from "./requests.js";
import { collect } from "./telemetry/collect.js";
import { gapsOf } from "./telemetry/gaps.js";
import { requireModel } from "./telemetry/require-model.js";
import { asOfOf, evidenceOf, objections } from "./telemetry/evidence.js";
import type { Setting } from "./telemetry/setting.js";
import { fixWindow, sinceOf, type WindowRequest } from "./telemetry/window.js";

export interface SanityRequest extends WindowRequest {
  /** The manifest that names the features and their reference distributions, or one for each model; and where it is from. */
  readonly manifest: { readonly name: string; readonly content: NonNullable<FeatureManifests> } | null;
}

/**
 * Judges the features that the models were fed with. Ends in 0 only when every check passes.
 * @throws QscError where the source cannot be read; `unknown_model` for the manifest of a model that the telemetry does not know
 */
export async function featureSanity(
  source: EventSource,
  request: SanityRequest,
  setting: Setting,
): Promise<SanityDocument> {
  sourceRule(source, "source");
  sanityRequest(request, "request");
  settingRule(setting, "setting");
  const { policy } = setting;
  const manifest = request.manifest?.content ?? null;
  const window = await fixWindow(source, request, setting);
  const wanted = { policy, features: { manifest }, byLabel: false };
  const { collection, earlier, expectedModels } = await collect(source, window, wanted);
  const asOf = asOfOf(source, request, collection.newestMs, setting.now());
  const { card, features } = collection;
  if (features === null) throw new TypeError("features were asked for and not collected");
  const names = [...new Set([...card.modelNames(), ...expectedModels])].sort();
  // A vector that all models share would else be judged for a model that is not there.
  const byModel: ReadonlyMap<string, unknown> = manifest instanceof Map ? manifest : new Map();
  for (const model of byModel.keys()) requireModel(model, names);
  const integrity = besideFeatures(judgeIntegrity(card, {
    asOfMs: asOf.ms,
    nowMs: setting.now(),
    sinceMs: sinceOf(request, card.counts.read),
    sourceClockOffsetMs: window.sourceClockOffsetMs,
    gaps: gapsOf(source, earlier?.gaps ?? [], collection.gaps),
    minEvents: 0,
  }, policy));
  const judged = judgeFeatures(features, {
    policy,
    manifest,
    version1: card.engine.contracts.list().some(({ what }) => what === "1"),
    rejected: card.counts.rejected,
  });
  const all = [...integrity, ...judged.checks];
  const verdict = verdictOf(all);
  return sealed({
    kind: "feature-sanity" as const,
    verdict,
    exitCode: verdict === "pass" ? EXIT.proven : EXIT.refused,
    reasons: objections([...judged.checks, ...integrity]),
    ...evidenceOf({ source, collection, earlier, asOf, request, setting, integrity }),
    ...judged,
    warnings: [...ofAnother(manifest, names), ...judged.warnings],
    manifest: request.manifest?.name ?? null,
  });
}

/** That the one manifest for all is one of a model that the telemetry does not know: it may have another name there. */
function ofAnother(manifest: FeatureManifests, names: readonly string[]): readonly string[] {
  const owner = manifest === null || manifest instanceof Map ? undefined : (manifest as FeatureManifest).model;
  if (owner === undefined || names.length === 0 || names.includes(owner)) return [];
  return [`the manifest is of ${owner}, and the telemetry knows ${names.join(", ")}: say whose it is with --manifest MODEL=FILE`];
}
