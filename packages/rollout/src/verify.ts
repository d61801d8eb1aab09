import {
  asQscError,
  digestOf,
  EXIT,
  iso,
  isIntact,
  rules,
  sealed,
  type ErrorCode,
  type GateDocument,
  type VerifyDocument,
} from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { requireAttested, type OpenedAttestation } from "./attest.js";
import { gateIn, type GivenReport } from "./attestation/given-report.js";
import type { JudgementContext } from "./judge/context.js";
import { contextRule, sourceRule } from "./judge/requests.js";
import { differencesOf } from "./judge/differences.js";
import { qualityGate } from "./quality-gate.js";

type Against = { readonly code: ErrorCode; readonly text: string };

/**
 * Judges the events of a recording as a report of a quality gate says that it did, and compares the two. A pass means
 * that the report is as it was sealed, and that the recording gives exactly the same document, but for where the events
 * were read. What no check looks at may differ in the recording without being noticed.
 *
 * @param source a recording of the range that was judged; a whole stream, if the report has a cutover or a count
 * @param context the policy must be the report's
 * @param attestation the signed statement that the report came with; null or missing if it came alone
 * @throws QscError `report_unusable` for what is not the JSON of a quality gate; `signature_invalid` for an attestation
 * of another report; an error of the source
 */
export async function verify(
  source: EventSource,
  report: GivenReport,
  context: JudgementContext,
  attestation: OpenedAttestation | null = null,
): Promise<VerifyDocument> {
  sourceRule(source, "source");
  contextRule(context, "context");
  rules.shaped({ path: rules.someText, text: rules.anyText })(report, "report");
  const gate = await gateIn(report);
  if (attestation !== null) await requireAttested(attestation, report);
  const broken = brokenIn(gate, context);
  const again = broken.length > 0 ? null : await judgedAgain(source, gate, context);
  const differences = again === null || "code" in again ? [] : differencesOf(gate, again);
  const against = [...broken, ...(again !== null && "code" in again ? [again] : differing(differences.length, source))];
  return sealed({
    kind: "verify" as const,
    verdict: against.length === 0 ? ("pass" as const) : ("fail" as const),
    exitCode: against.length === 0 ? EXIT.proven : EXIT.refused,
    reasons: against.map(({ text }) => text),
    codes: against.map(({ code }) => code),
    judgedAt: iso(context.now()),
    host: context.host,
    toolVersion: context.toolVersion,
    report: {
      path: report.path,
      verdict: gate.verdict,
      judgedAt: gate.judgedAt,
      source: gate.source,
      digest: gate.digest,
    },
    ...(attestation !== null && { attestation: { path: attestation.path, keyIds: attestation.keyIds } }),
    source: source.label,
    again: again === null || "code" in again ? null : again.digest,
    differences: differences.slice(0, SHOWN),
  });
}

/** Differences that a document shows. */
const SHOWN = 10;

/** What is wrong with the report by itself, so that judging again would say nothing. */
function brokenIn(gate: GateDocument, { policy, policySource }: JudgementContext): readonly Against[] {
  if (!isIntact(gate))
    return [
      {
        code: "report_altered",
        text: "The report was changed after it was sealed: its digest is not that of its content. Take it from where it was written.",
      },
    ];
  const hash = digestOf(policy);
  if (hash === gate.policyHash) return [];
  return [
    {
      code: "evidence_differs",
      text: `The report was made under the policy ${gate.policySource} ${gate.policyHash.slice(0, 12)}, and this is ${policySource} ${hash.slice(0, 12)}: pass the report's policy with --policy.`,
    },
  ];
}

function differing(count: number, source: EventSource): readonly Against[] {
  if (count === 0) return [];
  const members = count === 1 ? "1 member" : `${count} members`;
  return [
    {
      code: "evidence_differs",
      text: `Judging ${source.label} again differs from the report in ${members}: the events are not those that were judged, or another version of qsc judged them.`,
    },
  ];
}

/** The same judgement, as of the same time; or why it could not be made. */
async function judgedAgain(
  source: EventSource,
  gate: GateDocument,
  { policy, modelSignatures = null }: JudgementContext,
): Promise<GateDocument | Against> {
  const { mode, model, after, count, shadow = false, comparison, unit, host, toolVersion, policySource } = gate;
  const asOfMs = Date.parse(gate.asOf);
  const request = {
    mode,
    model,
    shadow,
    against: comparison?.against ?? null,
    afterMs: after === null ? null : Date.parse(after),
    count,
    asOf: gate.asOfFrom === "last event" ? null : { firstMs: asOfMs, lastMs: asOfMs },
  };
  const now = (): number => Date.parse(gate.judgedAt);
  try {
    const judgement = { policy, policySource, unit, host, toolVersion, modelSignatures, now };
    const again = await qualityGate(source, request, judgement);
    // Where the events were read is not part of what they say.
    return sealed({ ...again, source: gate.source, stream: gate.stream, asOfFrom: gate.asOfFrom });
  } catch (thrown) {
    const { code, message } = asQscError(thrown);
    if (code !== "unknown_model") throw thrown;
    return { code: "evidence_differs", text: `Judging ${source.label} again: ${message}` };
  }
}
