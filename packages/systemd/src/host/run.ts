import { execa, type Result } from "execa";

/** How a command ended. */
export interface Outcome {
  /** As a person would type it. */
  readonly command: string;
  /** Null where it did not end by itself, or could not be run. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: "by-itself" | "timeout" | "signal" | "not-found";
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** For the command's standard input; none by default. */
  readonly input?: string;
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** English messages, no pager, no colour, and no password asked for: no one is there to type one. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C.UTF-8",
  SYSTEMD_COLORS: "0",
  SYSTEMD_PAGER: "",
  SSH_ASKPASS: "false",
  SSH_ASKPASS_REQUIRE: "force",
};

/** Runs a command to its end. Never rejects: what went wrong is the outcome. */
export async function run(argv: readonly string[], options: RunOptions): Promise<Outcome> {
  const [program = "", ...args] = argv;
  const input = options.input === undefined ? ({ stdin: "ignore" } as const) : { input: options.input };
  const result = await execa(program, args, {
    ...input,
    env: { ...ENVIRONMENT, ...options.env },
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: 1_000,
  });
  const { exitCode, stdout, stderr } = result;
  return { command: argv.join(" "), exitCode: exitCode ?? null, stdout, stderr, ended: endOf(result) };
}

function endOf(result: Pick<Result, "timedOut" | "exitCode" | "code">): Outcome["ended"] {
  if (result.timedOut) return "timeout";
  if (result.exitCode !== undefined) return "by-itself";
  return result.code === "ENOENT" || result.code === "EACCES" ? "not-found" : "signal";
}
