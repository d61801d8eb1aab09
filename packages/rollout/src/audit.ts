import { QscError, sealed, type AuditCheckpoint, type AuditDocument } from "@qsc/contract";
import type { SigningKey, VerificationKey } from "@qsc/contract/signing";
import { checkpointPath, readCheckpoint, toldBy, writeCheckpoint } from "./audit/checkpoint.js";
import { readAuditWhole, type WholeReading } from "./audit/whole.js";
import { headOf, type Reason } from "./operation/document.js";
import { Steps } from "./operation/steps.js";
import type { OperationContext } from "./operation/context.js";

/**
 * Checks the chain of the audit log, names the first line that was changed, and compares the log with the anchors in
 * state and reports: a chain alone can be cut short, or forged by anyone. With keys, also with the newest checkpoint,
 * which one of them must have signed.
 */
export async function verifyAudit(
  context: OperationContext,
  keys: readonly VerificationKey[] = [],
): Promise<AuditDocument> {
  if (keys.length === 0) return documentOf(context, await readAuditWhole(context), [], undefined);
  const { checkpoint, against } = await readCheckpoint(context, keys);
  const whole = await readAuditWhole(context, checkpoint === null ? [] : [toldBy(checkpoint)]);
  return documentOf(context, whole, against === null ? [] : [against], checkpoint);
}

/** What to go by when a checkpoint is signed. */
export interface CheckpointOptions {
  /** Keys that may have signed the checkpoint before, besides this one. */
  readonly former?: readonly VerificationKey[];
  /** Whether there has never been one. Without a word for it, a checkpoint that is missing was removed. */
  readonly isFirst?: boolean;
}

/**
 * Signs the newest entry of the log as a checkpoint beside it, if the log is whole, and contains the entry of the
 * checkpoint before. Only the first one has none before it.
 * @throws QscError `invalid_option` if it is meant to be the first one, and is not
 */
export async function checkpointAudit(
  context: OperationContext,
  key: SigningKey,
  { former = [], isFirst = false }: CheckpointOptions = {},
): Promise<AuditDocument> {
  const before = await readCheckpoint(context, [key.verification, ...former]);
  if (isFirst && before.text !== null)
    throw new QscError(
      "invalid_option",
      `There is a checkpoint ${checkpointPath(context.paths.audit)}, so this is not the first one: leave out --first.`,
    );
  const against = isFirst || before.against === null ? [] : [before.against];
  const whole = await readAuditWhole(context, before.checkpoint === null ? [] : [toldBy(before.checkpoint)]);
  const last = whole.reading.entries.at(-1);
  if (whole.reasons.length > 0 || against.length > 0 || last === undefined)
    return documentOf(context, whole, against, before.checkpoint);
  const written = await writeCheckpoint(context, last, key, before.text);
  const path = checkpointPath(context.paths.audit);
  const overtaken: Reason = {
    code: "file_failed",
    text: `The checkpoint ${path} was replaced meanwhile, and is left as it is: another command signs checkpoints, too. Run it again.`,
  };
  return documentOf(context, whole, written === null ? [overtaken] : [], written);
}

function documentOf(
  context: OperationContext,
  { reading, reasons, warnings }: WholeReading,
  against: readonly Reason[],
  checkpoint: AuditCheckpoint | null | undefined,
): AuditDocument {
  return sealed({
    kind: "audit" as const,
    ...headOf(context, { reasons: [...reasons, ...against], warnings }, new Steps()),
    path: context.paths.audit,
    entries: reading.entries.length,
    brokenLine: reading.broken?.line ?? null,
    ...(checkpoint !== undefined && { checkpoint }),
  });
}
