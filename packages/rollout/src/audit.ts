import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sealed, type AuditAnchor, type AuditDocument } from "@qsc/contract";
import { anchorProblem } from "./operation/audit-anchor.js";
import { readAudit, type AuditReading } from "./operation/audit-log.js";
import { incomplete, missingFrom, unloggedOf } from "./operation/unlogged.js";
import { headOf, type Reason } from "./operation/document.js";
import { systemCodeOf } from "./host/system-code.js";
import { readState } from "./canary/state.js";
import { Steps } from "./operation/steps.js";
import type { OperationContext } from "./operation/context.js";
import { loadSchemas } from "./operation/schemas.js";

/** An anchor, and where it was recorded. */
interface Told {
  readonly by: string;
  readonly anchor: AuditAnchor;
}

/**
 * Checks the chain of the audit log, names the first line that was changed, and compares the log with the anchors in
 * state and reports: a chain alone can be cut short, or forged by anyone.
 */
export async function verifyAudit(context: OperationContext): Promise<AuditDocument> {
  const { audit } = context.paths;
  const steps = new Steps();
  const missing = (await context.files.read(audit)) === null;
  const reading = await readAudit(context.files, audit);
  const { told, against, unread } = await anchors(context);
  const lacks = incomplete(audit, missingFrom(reading.entries, unloggedOf(context)));
  const reasons = [
    ...reasonsOf(audit, missing, reading, told),
    ...against,
    ...(lacks === null ? [] : [{ code: "audit_incomplete" as const, text: lacks }]),
  ];
  const last = Math.max(0, ...told.map(({ anchor }) => anchor.number));
  const beyond = reading.entries.length - last;
  const warnings = [
    ...(reading.torn === null
      ? []
      : [`The last line of ${audit} is incomplete, as after a crash; the next entry will mention it.`]),
    ...(reasons.length === 0 && beyond > 0
      ? [
          `Neither the state nor a report mentions the last ${beyond} of ${reading.entries.length} entries yet, as after a crash: look at them.`,
        ]
      : []),
    ...unread,
  ];
  return sealed({
    kind: "audit" as const,
    ...headOf(context, { reasons, warnings }, steps),
    path: audit,
    entries: reading.entries.length,
    brokenLine: reading.broken?.line ?? null,
  });
}

function reasonsOf(
  path: string,
  missing: boolean,
  { entries, broken }: AuditReading,
  told: readonly Told[],
): readonly Reason[] {
  if (broken !== null)
    return [{ code: "audit_broken", text: `Line ${broken.line} of ${path} is broken: ${broken.detail}.` }];
  const against = told.flatMap(({ by, anchor }): readonly Reason[] => {
    const problem = anchorProblem(entries, anchor);
    return problem === null ? [] : [{ code: "audit_differs", text: `${path} does not match ${by}: ${problem}.` }];
  });
  if (missing) return [{ code: "audit_missing", text: `There is no audit log at ${path}.` }, ...against];
  if (against.length > 0) return against;
  if (entries.length === 0) return [{ code: "audit_missing", text: `The audit log ${path} has no entries.` }];
  if (told.length > 0) return [];
  const text = `Neither the state nor a report below ${path.replace(/logs\/[^/]+$/, "reports/safety")} mentions ${path}: nothing outside it confirms that it is complete.`;
  return [{ code: "audit_unanchored", text }];
}

interface Anchors {
  readonly told: readonly Told[];
  /** Documents that were changed, so that their anchors are lost. */
  readonly against: readonly Reason[];
  /** Reports that a crash may have left half written. */
  readonly unread: readonly string[];
}

/** The anchors of the log in state and reports. */
async function anchors(context: OperationContext): Promise<Anchors> {
  const told: Told[] = [];
  const against: Reason[] = [];
  const unread: string[] = [];
  const state = await readState(context);
  if (state.kind === "broken")
    against.push({ code: "state_broken", text: `${state.detail}: the log cannot be compared with it.` });
  if (state.kind === "state" && state.state.audit !== undefined && state.state.audit !== null)
    told.push({ by: `the state ${context.paths.state}`, anchor: state.state.audit });
  const { auditAnchor } = await loadSchemas();
  for (const path of await reportsIn(join(context.workdir, "reports", "safety"))) {
    const audit = memberOf((await context.files.read(path)) ?? "");
    if (audit === undefined) unread.push(`Report ${path} cannot be read: the log cannot be compared with it.`);
    if (audit === undefined || audit === null) continue;
    const read = auditAnchor.safeParse(audit);
    if (read.success) told.push({ by: `the report ${path}`, anchor: read.data });
    else
      against.push({
        code: "report_changed",
        text: `Report ${path} was changed: its audit field is not an entry's number and hash.`,
      });
  }
  return { told, against, unread };
}

/** The paths of all reports, oldest first; those of judgements have no anchor. */
async function reportsIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory))
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(directory, name));
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

/** The anchor in a report; null if it has none, undefined if the text is not a report. */
function memberOf(text: string): unknown {
  try {
    const document = JSON.parse(text) as { readonly audit?: unknown } | null;
    return typeof document === "object" && document !== null ? (document.audit ?? null) : undefined;
  } catch {
    return undefined;
  }
}
