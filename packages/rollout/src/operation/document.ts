import { asQscError, EXIT, iso, type ErrorCode, type OperationHead } from "@qsc/contract";
import { anchorOf } from "./audit-anchor.js";
import type { Steps } from "./steps.js";
import type { OperationContext } from "./context.js";

/** One reason against an operation: a code for scripts and the runbook, and a whole sentence. */
export interface Reason {
  readonly code: ErrorCode;
  readonly text: string;
}

/** A thrown error, as a reason. */
export function reasonOf(thrown: unknown): Reason {
  const { code, message } = asQscError(thrown);
  return { code, text: message };
}

/**
 * The reasons of another operation's document, made by this version.
 * @throws TypeError if a reason has no code, as in documents of earlier versions
 */
export function reasonsOf({ reasons, codes = [] }: Pick<OperationHead, "reasons" | "codes">): readonly Reason[] {
  return reasons.map((text, index) => {
    const code = codes[index];
    if (code === undefined) throw new TypeError(`a reason has no code: ${text}`);
    return { code, text };
  });
}

/** The result of an operation, without what every document has. */
export interface Conclusion {
  /** Why it failed, worst first; empty for a pass. */
  readonly reasons: readonly Reason[];
  readonly warnings?: readonly string[];
  /** Whether the evidence is enough for collection mode, but for nothing else. */
  readonly isCollection?: boolean;
}

/** The common head of all documents of operations; only a document without reasons is a pass. */
export function headOf(
  context: OperationContext,
  { reasons, warnings = [], isCollection = false }: Conclusion,
  steps: Steps,
): OperationHead {
  const { unit, services, telemetry, judgement } = context;
  const passed = reasons.length === 0;
  return {
    verdict: passed ? "pass" : "fail",
    exitCode: passed ? EXIT.proven : isCollection ? EXIT.collected : EXIT.refused,
    reasons: reasons.map(({ text }) => text),
    codes: reasons.map(({ code }) => code),
    warnings: [...steps.warnings, ...warnings],
    judgedAt: iso(judgement.now()),
    unit,
    services: services.label,
    source: telemetry.source,
    stream: telemetry.stream,
    host: judgement.host,
    toolVersion: judgement.toolVersion,
    // A copy, as a running watch adds more.
    steps: [...steps.list],
    audit: anchorOf(context),
  };
}

/** The command line that rolls back the canary. */
export function rollbackCommand({ paths }: OperationContext): string {
  return ["qsc", "rollback", "--config", paths.settings].map(quoted).join(" ");
}

/** A word, quoted for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
