import { z } from "zod";
import { EXIT } from "../exit-codes.js";
import type {
  DiagnosisDocument,
  EvidenceHead,
  GateDocument,
  JudgementDocument,
  SanityDocument,
  ScoreboardDocument,
} from "../judgement.js";
import { checkResult } from "./checks.js";
import { modelDependence, watchPower } from "./dependence.js";
import { evidenceShape } from "./evidence.js";
import { delta, ensemble, featureStats, journalReading, modelDiagnosis, modelVerdictShape } from "./models.js";
import { shadowComparison } from "./comparison.js";
import { atLeastZero, sha256, text } from "./values.js";

type Conclusion = Pick<EvidenceHead, "verdict" | "exitCode" | "reasons" | "codes">;

/** Each reason has a code, or the document is of a version in which none has. */
function hasEachCode({ reasons, codes }: Pick<EvidenceHead, "reasons" | "codes">): boolean {
  return codes === undefined || codes.length === reasons.length;
}

const INCONSISTENT = "Invalid input: verdict, reasons and exit code contradict each other";

/** Exit 0 goes with a pass alone, and whatever is no pass says why. */
function permitsOnlyAPass({ verdict, exitCode, reasons, codes }: Conclusion): boolean {
  if (!hasEachCode({ reasons, codes })) return false;
  if (verdict === "pass") return exitCode === EXIT.proven && reasons.length === 0;
  return verdict !== "collected" && exitCode === EXIT.refused && reasons.length > 0;
}

/** A pass is of a comparison that found no difference. */
function comparesAShadow({
  model,
  shadow,
  comparison,
  exitCode,
}: Pick<GateDocument, "model" | "shadow" | "comparison" | "exitCode">): boolean {
  if (shadow === undefined) return comparison === undefined;
  return model !== null && (exitCode === EXIT.refused || (comparison?.result ?? "alike") === "alike");
}

const gate = z
  .strictObject({
    ...evidenceShape,
    kind: z.literal("quality-gate"),
    mode: z.enum(["collection", "canary"]),
    model: text.nullable(),
    shadow: z.literal(true).exactOptional(),
    comparison: shadowComparison.exactOptional(),
    models: z.array(z.strictObject(modelVerdictShape)),
    ensemble,
    deltas: z.array(delta).nullable(),
    dependence: z.array(modelDependence).exactOptional(),
    power: z.array(watchPower).exactOptional(),
    digest: sha256,
  })
  .refine((document) => {
    if (document.mode === "canary") return permitsOnlyAPass(document);
    if (document.verdict === "collected") return document.exitCode === EXIT.collected && hasEachCode(document);
    return document.verdict !== "pass" && permitsOnlyAPass(document);
  }, INCONSISTENT)
  .refine(comparesAShadow, "Invalid input: only a named model is judged as a shadow, and only a shadow is compared");

/** The shadow is one of the judged models. */
function namesItsShadow({
  shadow,
  models,
}: Pick<ScoreboardDocument | DiagnosisDocument, "shadow" | "models">): boolean {
  return shadow === undefined || models.some(({ model }) => model === shadow);
}

const UNNAMED = "Invalid input: only a judged model is judged as a shadow";

const scoreboard = z
  .strictObject({
    ...evidenceShape,
    kind: z.literal("scoreboard"),
    shadow: text.exactOptional(),
    models: z.array(z.strictObject({ ...modelVerdictShape, status: z.enum(["GO", "WAIT", "NO-GO"]) })),
    ensemble,
    digest: sha256,
  })
  .refine(permitsOnlyAPass, INCONSISTENT)
  .refine(namesItsShadow, UNNAMED);

const sanity = z
  .strictObject({
    ...evidenceShape,
    kind: z.literal("feature-sanity"),
    checks: z.array(checkResult),
    warnings: z.array(text),
    features: z.array(featureStats),
    driftLimit: atLeastZero.optional(),
    manifest: z.string().nullable(),
    digest: sha256,
  })
  .refine(permitsOnlyAPass, INCONSISTENT);

const diagnosis = z
  .strictObject({
    ...evidenceShape,
    kind: z.literal("diagnose"),
    shadow: text.exactOptional(),
    models: z.array(modelDiagnosis),
    journal: journalReading,
    digest: sha256,
  })
  .refine(
    (document) => document.verdict !== "collected" && document.exitCode === EXIT.proven && hasEachCode(document),
    INCONSISTENT,
  )
  .refine(namesItsShadow, UNNAMED);

export const gateDocument: z.ZodType<GateDocument> = gate;
export const scoreboardDocument: z.ZodType<ScoreboardDocument> = scoreboard;
export const sanityDocument: z.ZodType<SanityDocument> = sanity;
export const diagnosisDocument: z.ZodType<DiagnosisDocument> = diagnosis;

/** Any document that judges telemetry. Does not verify its digest: see `isIntact`. */
export const judgementDocument: z.ZodType<JudgementDocument> = z.discriminatedUnion("kind", [
  gate,
  scoreboard,
  sanity,
  diagnosis,
]);
