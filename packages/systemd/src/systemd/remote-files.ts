import { posix } from "node:path";
import { run, type Outcome } from "../host/run.js";
import { quoted, ServiceError } from "../service-error.js";
import { failureOf } from "./failure.js";
import type { Files } from "./files.js";
import { shellQuote } from "./shell-quote.js";
import { REMOTE_ANSWER_MS } from "./systemctl.js";

/** English messages: the wording of `cat` tells a missing file from an unreadable one. */
const HEAD = "set -eu; export LC_ALL=C; umask 022";
const MISSING = /: (?:No such file or directory|Not a directory)$/m;
/** Exit codes of the remote shell, not of the file operation. */
const NO_SHELL: ReadonlySet<number | null> = new Set([255, 127, 126]);
const DENIED = /permission denied|operation not permitted/i;

/** Unit files of another machine. @param shell runs a POSIX shell there that reads its commands from standard input. */
export function remoteFiles(shell: readonly string[]): Files {
  const execute = async (verb: string, path: string, lines: readonly string[]): Promise<Outcome> => {
    const outcome = await run(shell, { timeoutMs: REMOTE_ANSWER_MS, input: [HEAD, ...lines, ""].join("\n") });
    if (outcome.exitCode === 0 || (verb === "read" && isMissing(outcome))) return outcome;
    throw errorOf(outcome, verb, path);
  };
  return {
    read: async (path) => {
      const outcome = await execute("read", path, [`cat -- ${shellQuote(path)}`]);
      return outcome.exitCode === 0 ? outcome.stdout : null;
    },
    write: async (path, text) => {
      await execute("write", path, writing(path, text));
    },
    remove: async (path) => {
      await execute("remove", path, removing(path));
    },
  };
}

function writing(path: string, text: string): readonly string[] {
  const directory = shellQuote(posix.dirname(path));
  return [
    `mkdir -p -- ${directory}`,
    `temporary=$(mktemp -- ${directory}/${shellQuote(temporaryPrefix(path))}XXXXXXXXXX)`,
    `trap 'rm -f -- "$temporary"' EXIT`,
    `printf %s ${shellQuote(text)} > "$temporary"`,
    'chmod 644 -- "$temporary"',
    'sync -- "$temporary"',
    `mv -fT -- "$temporary" ${shellQuote(path)}`,
    `sync -- ${directory} ${directory}/..`,
  ];
}

function removing(path: string): readonly string[] {
  const directory = shellQuote(posix.dirname(path));
  return [
    `rm -f -- ${shellQuote(path)} ${directory}/${shellQuote(temporaryPrefix(path))}*`,
    `[ ! -d ${directory} ] || sync -- ${directory}`,
  ];
}

/** systemd reads `*.conf`, `*.service` and `*.timer`, so it ignores a name of this kind. */
function temporaryPrefix(path: string): string {
  return `.${posix.basename(path)}.qsc-`;
}

function isMissing({ ended, exitCode, stderr }: Outcome): boolean {
  return ended === "by-itself" && exitCode === 1 && MISSING.test(stderr);
}

function errorOf(outcome: Outcome, verb: string, path: string): ServiceError {
  const unit = posix.basename(path);
  if (outcome.ended !== "by-itself" || NO_SHELL.has(outcome.exitCode))
    return failureOf(outcome, unit, `The attempt to ${verb} '${path}' failed`);
  const details = { unit, command: outcome.command, commandExit: outcome.exitCode, stderr: outcome.stderr };
  const said = quoted(outcome.stderr);
  if (DENIED.test(outcome.stderr)) {
    return new ServiceError(
      "service_permission",
      `May not ${verb} '${path}' there: ${said}. Give the user write access to ${posix.dirname(path)}, or log in as root.`,
      details,
    );
  }
  return new ServiceError(
    "dropin_failed",
    `Cannot ${verb} '${path}' there: ${said}. Look at that path on that machine.`,
    details,
  );
}
