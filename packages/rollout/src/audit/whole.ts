import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { QscError, type AuditAnchor } from "@qsc/contract";
import { readState } from "../canary/state.js";
import { systemCodeOf } from "../host/system-code.js";
import { anchorProblem } from "../operation/audit-anchor.js";
import { readAudit, type AuditReading } from "../operation/audit-log.js";
import type { OperationContext } from "../operation/context.js";
import { reasonOf, type Reason } from "../operation/document.js";
import { loadSchemas } from "../operation/schemas.js";
import { incomplete, missingFrom, unloggedOf } from "../operation/unlogged.js";

/** Where reports are, relative to the working directory. */
const REPORTS = join("reports", "safety");
/** Reports of judgements mention no log. There may be thousands of them. */
const OF_JUDGEMENT = /^(?:quality_gate|feature_sanity|scoreboard|diagnose)_/;

/** An anchor, and where it was recorded. */
export interface Told {
  readonly by: string;
  readonly anchor: AuditAnchor;
  /** The report, relative to the working directory; null for the state. */
  readonly report: string | null;
}

/** The log, and what speaks against its being whole. */
export interface WholeReading {
  readonly reading: AuditReading;
  readonly told: readonly Told[];
  readonly reasons: readonly Reason[];
  readonly warnings: readonly string[];
}

/**
 * Reads the log, and compares it with the anchors in state and reports: a chain alone can be cut short, or forged by
 * anyone. These are read before the log: a command that acts meanwhile writes the log first.
 * @param signed what a signed checkpoint tells of the log, read before
 */
export async function readAuditWhole(context: OperationContext, signed: readonly Told[] = []): Promise<WholeReading> {
  const { audit } = context.paths;
  const { told: unsigned, against, unread } = await anchors(context);
  const told = [...signed, ...unsigned];
  const missing = (await context.files.read(audit)) === null;
  const reading = await readAudit(context.files, audit);
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
  return { reading, told, reasons, warnings };
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
    told.push({ by: `the state ${context.paths.state}`, anchor: state.state.audit, report: null });
  const { auditAnchor } = await loadSchemas();
  for (const name of await reportsIn(join(context.workdir, REPORTS))) {
    const path = join(context.workdir, REPORTS, name);
    const text = await context.files.read(path).catch(reasonOf);
    // One that nothing can read may be the one that shows that the log was cut.
    if (text !== null && typeof text !== "string") {
      against.push(text);
      continue;
    }
    const audit = text === null ? undefined : memberOf(text);
    if (audit === undefined) unread.push(`Report ${path} cannot be read: the log cannot be compared with it.`);
    if (audit === undefined || audit === null) continue;
    const read = auditAnchor.safeParse(audit);
    if (read.success) told.push({ by: `the report ${path}`, anchor: read.data, report: join(REPORTS, name) });
    else
      against.push({
        code: "report_changed",
        text: `Report ${path} was changed: its audit field is not an entry's number and hash.`,
      });
  }
  return { told, against, unread };
}

/** The names of all reports that may mention the log, oldest first. */
async function reportsIn(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.endsWith(".json") && !OF_JUDGEMENT.test(name)).sort();
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === "ENOENT") return [];
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new QscError("file_failed", `The reports in ${directory} cannot be listed: ${why}. Check that path.`, {
      cause: thrown,
    });
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
