import type { ErrorCode } from "@qsc/contract";
import type { Outcome } from "../host/run.js";
import { quoted, ServiceError } from "../service-error.js";

interface Kind {
  readonly code: ErrorCode;
  readonly advice: string;
}

const UNREACHABLE: Kind = {
  code: "service_unreachable",
  advice: "Check that systemd runs there, that the host is up, and that the user may reach it.",
};
const PERMISSION: Kind = {
  code: "service_permission",
  advice: "Run it as root, or grant the user this one action with a polkit rule.",
};
const MISSING: Kind = { code: "service_missing", advice: "Check the unit's name, and that its file is installed." };
const FAILED: Kind = { code: "service_failed", advice: "Look at the unit with systemctl status." };
const TIMEOUT: Kind = { code: "service_timeout", advice: "Look at the unit with systemctl status, then try again." };

/** systemctl's exit codes are 1 for most failures: its English words tell them apart. First match wins. */
const WORDS: readonly (readonly [RegExp, Kind])[] = [
  // ssh's own errors, which also mention permissions and a key that is not found.
  [/permission denied \(|host key verification failed|ssh: /i, UNREACHABLE],
  [/access denied|permission denied|authentication (?:is )?required|operation not permitted/i, PERMISSION],
  [
    /failed to connect to bus|not been booted with systemd|host is down|connection (?:reset|refused|timed out)|broken pipe|transport endpoint|could not resolve|no route to host|failed to get D-Bus connection|failed to connect system bus/i,
    UNREACHABLE,
  ],
  [/not loaded|not found|no such unit|does not exist/i, MISSING],
];
/** Exit codes of ssh when it never ran the command, and of a shell that cannot run it. */
const NEVER_RAN: ReadonlySet<number | null> = new Set([255, 127, 126]);

/**
 * The error for a command that failed.
 * @param doing what was attempted, as the beginning of a sentence: `Starting engine.service failed`.
 */
export function failureOf(outcome: Outcome, unit: string | null, doing: string): ServiceError {
  const { code, advice } = kindOf(outcome);
  const said = outcome.stderr.trim() === "" ? "" : `: ${quoted(outcome.stderr)}`;
  return new ServiceError(code, `${doing} (${how(outcome)})${said}${/[.!?]$/.test(said) ? "" : "."} ${advice}`, {
    unit,
    command: outcome.command,
    commandExit: outcome.exitCode,
    stderr: outcome.stderr,
  });
}

function kindOf({ ended, exitCode, stderr }: Outcome): Kind {
  if (ended === "timeout") return TIMEOUT;
  if (ended === "not-found" || ended === "flood" || NEVER_RAN.has(exitCode)) return UNREACHABLE;
  return WORDS.find(([words]) => words.test(stderr))?.[1] ?? FAILED;
}

function how({ ended, exitCode, command }: Outcome): string {
  const ways = {
    timeout: "did not end in time",
    signal: "was killed",
    "not-found": "cannot be run",
    flood: "printed without end",
    "by-itself": `ended with ${exitCode ?? "?"}`,
  };
  return `'${quoted(command, 300)}' ${ways[ended]}`;
}
