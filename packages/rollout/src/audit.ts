import { sealed, type AuditDocument } from "@qsc/contract";
import { readAuditWhole } from "./audit/whole.js";
import { headOf } from "./operation/document.js";
import { Steps } from "./operation/steps.js";
import type { OperationContext } from "./operation/context.js";

/**
 * Checks the chain of the audit log, names the first line that was changed, and compares the log with the anchors in
 * state and reports: a chain alone can be cut short, or forged by anyone.
 */
export async function verifyAudit(context: OperationContext): Promise<AuditDocument> {
  const { audit } = context.paths;
  const { reading, reasons, warnings } = await readAuditWhole(context);
  return sealed({
    kind: "audit" as const,
    ...headOf(context, { reasons, warnings }, new Steps()),
    path: audit,
    entries: reading.entries.length,
    brokenLine: reading.broken?.line ?? null,
  });
}
