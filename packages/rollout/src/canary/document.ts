import { asQscError, EXIT, iso, type ErrorCode, type OperationHead } from "@qsc/contract";
import { anchorOf } from "./audit-anchor.js";
import type { Steps } from "./steps.js";
import type { CanaryWorld } from "./world.js";

/** One reason against an operation: what a script and the runbook know it by, and a whole sentence. */
export interface Reason {
  readonly code: ErrorCode;
  readonly text: string;
}

/** What was thrown, as a reason. */
export function reasonOf(thrown: unknown): Reason {
  const { code, message } = asQscError(thrown);
  return { code, text: message };
}

/** The reasons of another operation's document. */
export function reasonsOf({ reasons, codes = [] }: Pick<OperationHead, "reasons" | "codes">): readonly Reason[] {
  return reasons.map((text, index) => ({ code: codes[index] ?? "internal", text }));
}

/** What came of an operation, without what every document of one has. */
export interface Conclusion {
  /** Why not, worst first; empty for a pass. */
  readonly reasons: readonly Reason[];
  readonly warnings?: readonly string[];
  /** What there is of evidence would do for a collection, and for nothing else. */
  readonly isCollection?: boolean;
}

/** What every document of an operation says; only one without a reason against it is a pass. */
export function headOf(world: CanaryWorld, { reasons, warnings = [], isCollection = false }: Conclusion, steps: Steps): OperationHead {
  const { unit, services, telemetry, setting } = world;
  const passed = reasons.length === 0;
  return {
    verdict: passed ? "pass" : "fail",
    exitCode: passed ? EXIT.proven : isCollection ? EXIT.collected : EXIT.refused,
    reasons: reasons.map(({ text }) => text),
    codes: reasons.map(({ code }) => code),
    warnings,
    judgedAt: iso(setting.now()),
    unit,
    services: services.label,
    source: telemetry.source,
    stream: telemetry.stream,
    host: setting.host,
    toolVersion: setting.toolVersion,
    steps: steps.list,
    audit: anchorOf(world),
  };
}

/** How a canary is taken back, as a command line. */
export function rollbackCommand({ paths }: CanaryWorld): string {
  return ["qsc", "rollback", "--config", paths.settings].map(quoted).join(" ");
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
