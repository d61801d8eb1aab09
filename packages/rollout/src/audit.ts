import { sealed, type AuditDocument } from "@qsc/contract";
import { readAudit } from "./canary/audit-log.js";
import { headOf } from "./canary/document.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";

/** Checks the chain of the audit log, and names the first line that is not as it was written. */
export async function verifyAudit(world: CanaryWorld): Promise<AuditDocument> {
  const { audit } = world.paths;
  const steps = new Steps();
  const missing = (await world.files.read(audit)) === null;
  const { entries, broken, torn } = await readAudit(world.files, audit);
  const reasons = missing ? [`There is no audit log at ${audit}.`] : broken === null ? [] : [`Line ${broken.line} of ${audit} is broken: ${broken.detail}.`];
  const warnings = torn === null ? [] : [`The last line of ${audit} is torn, as a crash leaves it; the next entry will name it.`];
  return sealed({
    kind: "audit" as const,
    ...headOf(world, { reasons, warnings }, steps),
    path: audit,
    entries: entries.length,
    brokenLine: broken?.line ?? null,
  });
}
