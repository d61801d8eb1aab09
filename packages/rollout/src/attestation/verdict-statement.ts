import { sha256Of, type GateDocument, type Verdict } from "@qsc/contract";
import { STATEMENT_TYPE, type Statement, type StatementSubject } from "@qsc/contract/signing";

/**
 * The type of the predicate: what a quality gate found. Its subjects are the report's file, by the SHA-256 of its bytes,
 * and each artefact that was judged, by the hash that telemetry names. Its members have the names and values of the
 * report.
 */
export const VERDICT_PREDICATE_TYPE = "urn:qsc:predicate:verdict:v1";

/** What a statement says of a verdict. */
interface VerdictPredicate {
  readonly kind: GateDocument["kind"];
  readonly mode: GateDocument["mode"];
  readonly model: string | null;
  readonly shadow: boolean;
  readonly verdict: GateDocument["verdict"];
  readonly exitCode: GateDocument["exitCode"];
  readonly judgedAt: string;
  readonly asOf: string;
  readonly policyHash: string;
  readonly source: string;
  readonly stream: string | null;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly builds: readonly string[];
  readonly models: readonly {
    readonly model: string;
    readonly verdict: Verdict;
    readonly artifacts: readonly string[];
  }[];
  readonly host: string;
  readonly toolVersion: string;
  /** The digest that seals the report. */
  readonly digest: string;
}

/** The statement about a report. The same report always gives the same statement. */
export function verdictStatement(
  gate: GateDocument,
  name: string,
  text: string,
): Statement & { readonly predicate: VerdictPredicate } {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: sha256Of(text) } }, ...gate.models.flatMap(subjectsOf)],
    predicateType: VERDICT_PREDICATE_TYPE,
    predicate: predicateOf(gate),
  };
}

/** A hash as telemetry writes it. */
const HASH = /^(?:sha256:)?([0-9a-f]{64})$/i;

function subjectsOf({ model, artifacts }: GateDocument["models"][number]): readonly StatementSubject[] {
  return artifacts.flatMap((artifact) => {
    const [, sha256] = HASH.exec(artifact) ?? [];
    return sha256 === undefined ? [] : [{ name: `model:${model}`, digest: { sha256: sha256.toLowerCase() } }];
  });
}

function predicateOf(gate: GateDocument): VerdictPredicate {
  const { kind, mode, model, shadow = false, verdict, exitCode, judgedAt, asOf, policyHash, source, stream } = gate;
  const { firstId, lastId, builds, models, host, toolVersion, digest } = gate;
  return {
    ...{ kind, mode, model, shadow, verdict, exitCode, judgedAt, asOf, policyHash, source, stream },
    ...{ firstId, lastId, builds },
    models: models.map((each) => ({ model: each.model, verdict: each.verdict, artifacts: each.artifacts })),
    ...{ host, toolVersion, digest },
  };
}
