import { basename, dirname, join } from "node:path";
import { isIntact, QscError, rules } from "@qsc/contract";
import {
  bundleOf,
  IN_TOTO_PAYLOAD_TYPE,
  openEnvelope,
  readSignedFile,
  readStatement,
  signEnvelope,
  SignatureError,
  type DsseEnvelope,
  type SigningKey,
  type Statement,
  type VerificationKey,
} from "@qsc/contract/signing";
import { gateIn, type GivenReport } from "./attestation/given-report.js";
import { VERDICT_PREDICATE_TYPE, verdictStatement } from "./attestation/verdict-statement.js";
import { differencesOf } from "./judge/differences.js";

/** How an attestation is written: a DSSE envelope, or that in a bundle of Sigstore. */
export type AttestationForm = "dsse" | "bundle";

/** A signed statement about a report. */
export interface Attestation {
  /** Where it belongs: beside the report. */
  readonly path: string;
  readonly text: string;
  readonly statement: Statement;
  readonly keyId: string;
}

/**
 * Signs the verdict of a report of a quality gate, as an in-toto statement. Writes nothing.
 * @throws QscError `report_unusable` for what is not the JSON of a quality gate; `report_altered` for one that is not as
 * it was sealed
 */
export async function attest(report: GivenReport, key: SigningKey, form: AttestationForm): Promise<Attestation> {
  rules.shaped({ path: rules.someText, text: rules.anyText })(report, "report");
  rules.oneOf("dsse", "bundle")(form, "form");
  const gate = await gateIn(report);
  if (!isIntact(gate))
    throw new QscError(
      "report_altered",
      `The report ${report.path} was changed after it was sealed, and is not signed: take it from where it was written.`,
    );
  const statement = verdictStatement(gate, basename(report.path), report.text);
  const envelope = signEnvelope(IN_TOTO_PAYLOAD_TYPE, Buffer.from(JSON.stringify(statement)), key);
  return { path: attestationPath(report.path), text: written(form, envelope), statement, keyId: key.id };
}

/** The name of a report's attestation. @throws QscError `report_unusable` for a report whose name does not end in .json */
function attestationPath(report: string): string {
  const name = basename(report);
  if (name.endsWith(".json") && !name.endsWith(".intoto.json") && name !== ".json")
    return join(dirname(report), `${name.slice(0, -".json".length)}.intoto.json`);
  throw new QscError("report_unusable", `The report '${report}' must be a file whose name ends in .json.`);
}

function written(form: AttestationForm, envelope: DsseEnvelope): string {
  const [first] = envelope.signatures;
  return `${JSON.stringify(form === "dsse" ? envelope : bundleOf(envelope, first?.keyid ?? ""), null, 2)}\n`;
}

/** An attestation whose signatures are right. Whether the report is the one that it is about is another question. */
export interface OpenedAttestation {
  readonly path: string;
  /** The report that it is about: a file beside it. */
  readonly reportPath: string;
  readonly statement: Statement;
  readonly keyIds: readonly string[];
}

/**
 * Verifies the signatures of an attestation and reads its statement.
 * @throws QscError `signature_invalid` that says what is wrong
 */
export function openAttestation({ path, text }: GivenReport, keys: readonly VerificationKey[]): OpenedAttestation {
  try {
    const { form, envelope, hint } = readSignedFile(text);
    const { payload, keyIds } = openEnvelope(envelope, IN_TOTO_PAYLOAD_TYPE, keys);
    // Else a byte between the members could change without being noticed.
    if (text !== written(form, envelope) || (form === "bundle" && hint !== keyIds[0]))
      throw new SignatureError("it is not as qsc attest wrote it, though its signature is right");
    const statement = readStatement(payload, VERDICT_PREDICATE_TYPE);
    const name = statement.subject[0]?.name ?? "";
    if (name === "" || name !== basename(name)) throw new SignatureError(`its report '${name}' is not a file's name`);
    return { path, reportPath: join(dirname(path), name), statement, keyIds };
  } catch (cause) {
    if (!(cause instanceof SignatureError)) throw cause;
    throw new QscError("signature_invalid", `The attestation ${path} proves nothing: ${cause.message}.`, { cause });
  }
}

/**
 * Requires that an attestation is about this report, and says of it what the report says.
 * @throws QscError `signature_invalid` that names the first difference; `report_unusable`
 */
export async function requireAttested({ path, statement }: OpenedAttestation, report: GivenReport): Promise<void> {
  const own = verdictStatement(await gateIn(report), basename(report.path), report.text);
  const [difference] = differencesOf({ ...statement, digest: null }, { ...own, digest: null });
  if (difference === undefined) return;
  const { member, report: signed, again } = difference;
  throw new QscError(
    "signature_invalid",
    `The attestation ${path} is not of the report ${report.path}: ${member} was signed as ${signed ?? "nothing"}, and the report gives ${again ?? "nothing"}. Take both from where they were written.`,
  );
}
