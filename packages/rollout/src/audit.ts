import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sealed, type AuditAnchor, type AuditDocument } from "@qsc/contract";
import { anchorProblem } from "./canary/audit-anchor.js";
import { readAudit, type AuditReading } from "./canary/audit-log.js";
import { headOf, type Reason } from "./canary/document.js";
import { systemCodeOf } from "./canary/system-code.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";

/** An anchor, and where it was told. */
interface Told {
  readonly by: string;
  readonly anchor: AuditAnchor;
}

/**
 * Checks the chain of the audit log, names the first line that is not as it was written, and holds the log against
 * what state and reports tell of it: a chain alone can be cut, or made again by anyone.
 */
export async function verifyAudit(world: CanaryWorld): Promise<AuditDocument> {
  const { audit } = world.paths;
  const steps = new Steps();
  const missing = (await world.files.read(audit)) === null;
  const reading = await readAudit(world.files, audit);
  const { told, against, unread } = await anchors(world);
  const reasons = [...reasonsOf(audit, missing, reading, told), ...against];
  const last = Math.max(0, ...told.map(({ anchor }) => anchor.number));
  const beyond = reading.entries.length - last;
  const warnings = [
    ...(reading.torn === null ? [] : [`The last line of ${audit} is torn, as a crash leaves it; the next entry will name it.`]),
    ...(reasons.length === 0 && beyond > 0 ? [`Neither state nor reports tell of the last ${beyond} of ${reading.entries.length} entries yet, as after a crash: look at them.`] : []),
    ...unread,
  ];
  return sealed({
    kind: "audit" as const,
    ...headOf(world, { reasons, warnings }, steps),
    path: audit,
    entries: reading.entries.length,
    brokenLine: reading.broken?.line ?? null,
  });
}

function reasonsOf(path: string, missing: boolean, { entries, broken }: AuditReading, told: readonly Told[]): readonly Reason[] {
  if (broken !== null) return [{ code: "audit_broken", text: `Line ${broken.line} of ${path} is broken: ${broken.detail}.` }];
  const against = told.flatMap(({ by, anchor }): readonly Reason[] => {
    const problem = anchorProblem(entries, anchor);
    return problem === null ? [] : [{ code: "audit_differs", text: `${path} is not the log that ${by} tells of: ${problem}.` }];
  });
  if (missing) return [{ code: "audit_missing", text: `There is no audit log at ${path}.` }, ...against];
  if (against.length > 0) return against;
  if (entries.length === 0) return [{ code: "audit_missing", text: `The audit log ${path} has no entries.` }];
  if (told.length > 0) return [];
  const text = `Neither the state nor a report below ${path.replace(/logs\/[^/]+$/, "reports/safety")} tells of ${path}: nothing outside it says that it is whole.`;
  return [{ code: "audit_unanchored", text }];
}

interface Anchors {
  readonly told: readonly Told[];
  /** What was changed, so that what it told is lost. */
  readonly against: readonly Reason[];
  /** Reports that a crash may have left half written. */
  readonly unread: readonly string[];
}

/** What state and reports tell of the log. */
async function anchors(world: CanaryWorld): Promise<Anchors> {
  const told: Told[] = [];
  const against: Reason[] = [];
  const unread: string[] = [];
  const state = await readState(world);
  if (state.kind === "broken") against.push({ code: "state_broken", text: `${state.detail}: what it told of the log is unknown.` });
  if (state.kind === "state" && state.state.audit !== undefined && state.state.audit !== null) told.push({ by: `the state ${world.paths.state}`, anchor: state.state.audit });
  const { auditAnchor } = await import("@qsc/contract/schemas");
  for (const path of await reportsIn(join(world.workdir, "reports", "safety"))) {
    const audit = memberOf((await world.files.read(path)) ?? "");
    if (audit === undefined) unread.push(`Report ${path} cannot be read: what it told of the log is unknown.`);
    if (audit === undefined || audit === null) continue;
    const read = auditAnchor.safeParse(audit);
    if (read.success) told.push({ by: `the report ${path}`, anchor: read.data });
    else against.push({ code: "report_changed", text: `Report ${path} was changed: what it tells of the log is not an entry's number and hash.` });
  }
  return { told, against, unread };
}

/** The reports of operations, oldest first; those of judgements tell of no log. */
async function reportsIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith(".json")).sort().map((name) => join(directory, name));
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

/** What a report tells of the log; null where it tells of none, undefined where it is not a report. */
function memberOf(text: string): unknown {
  try {
    const document = JSON.parse(text) as { readonly audit?: unknown } | null;
    return typeof document === "object" && document !== null ? (document.audit ?? null) : undefined;
  } catch {
    return undefined;
  }
}
