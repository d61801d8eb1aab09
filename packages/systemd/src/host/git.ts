import { inertText, QscError } from "@qsc/contract";
import { run, type Outcome } from "./run.js";
import { quoted } from "../service-error.js";

/** What is checked out. */
export interface Head {
  /** The full SHA. */
  readonly commit: string;
  /** The branch; null if HEAD is detached. */
  readonly branch: string | null;
}

/**
 * The git checkout that a unit runs from. It never asks for a password.
 * Every method rejects with a QscError `repository_failed` that says what git said.
 */
export interface WorkingCopy {
  readonly directory: string;
  /** The commit that is checked out. */
  head(): Promise<Head>;
  /** Tracked files that differ from the commit, as `git status` names them. Untracked files do not count. */
  changes(): Promise<readonly string[]>;
  /** Fetches from the remotes; does nothing if there are none. */
  fetch(): Promise<"fetched" | "no remote">;
  /** The full SHA of a local commit; null if it does not exist here. */
  commitOf(sha: string): Promise<string | null>;
  /** Checks out a branch or an exact commit. */
  checkout(target: Pick<Head, "commit" | "branch">): Promise<void>;
  /** Runs a command line in a shell, in the checkout. */
  build(commandLine: string): Promise<void>;
}

const LOCAL_MS = 60_000;
const FETCH_MS = 300_000;
const BUILD_MS = 1_800_000;
/** A build may say more than git does. */
const BUILD_BYTES = 100_000_000;
const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The git checkout that contains a directory. */
export function workingCopy(directory: string): WorkingCopy {
  const attempt = (timeoutMs: number, ...args: readonly string[]): Promise<Outcome> =>
    run(["git", "-C", directory, ...args], { timeoutMs, env: { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" } });
  const git = async (timeoutMs: number, ...args: readonly string[]): Promise<string> => {
    const outcome = await attempt(timeoutMs, ...args);
    if (outcome.exitCode === 0) return outcome.stdout.trim();
    throw failed(directory, outcome);
  };
  return {
    directory,
    head: async () => {
      const commit = await git(LOCAL_MS, "rev-parse", "--verify", "HEAD^{commit}");
      const branch = await attempt(LOCAL_MS, "symbolic-ref", "--quiet", "--short", "HEAD");
      return { commit, branch: branch.exitCode === 0 ? branch.stdout.trim() : null };
    },
    changes: async () => {
      const text = await git(LOCAL_MS, "status", "--porcelain", "--untracked-files=no");
      return text === "" ? [] : text.split("\n");
    },
    fetch: async () => {
      if ((await git(LOCAL_MS, "remote")) === "") return "no remote";
      await git(FETCH_MS, "fetch", "--quiet", "--all", "--tags");
      return "fetched";
    },
    commitOf: async (sha) => {
      const { exitCode, stdout } = await attempt(
        LOCAL_MS,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        `${sha}^{commit}`,
      );
      const commit = stdout.trim();
      return exitCode === 0 && SHA.test(commit) ? commit : null;
    },
    checkout: async ({ commit, branch }) => {
      await (branch === null
        ? git(LOCAL_MS, "checkout", "--quiet", "--detach", commit)
        : git(LOCAL_MS, "checkout", "--quiet", branch, "--"));
    },
    build: async (commandLine) => {
      const shell = ["sh", "-c", 'cd "$0" && eval "$1"', directory, commandLine];
      const outcome = await run(shell, { timeoutMs: BUILD_MS, mostBytes: BUILD_BYTES });
      if (outcome.exitCode !== 0) throw failed(directory, { ...outcome, command: commandLine });
    },
  };
}

function failed(directory: string, { command, exitCode, stdout, stderr, ended }: Outcome): QscError {
  const said = stderr.trim() === "" ? stdout : stderr;
  const how = exitCode === null ? ended : `ended with ${exitCode}`;
  return new QscError(
    "repository_failed",
    `In ${inertText(directory)}, '${quoted(command, 300)}' ${how}: ${quoted(said.slice(-600))}. Fix it in that checkout and try again.`,
  );
}
