import { runCommand } from "./command.js";

const MEANINGS: Readonly<Record<number, string>> = {
  0: "a pass, and proven",
  1: "a usage or internal error",
  2: "not a pass: failed, or not proven",
  3: "collection complete: evidence, but never a pass",
};

/** One command of the runbook, as an operator types it. */
export interface Step {
  readonly says: string;
  readonly command: readonly string[];
  /** The exit code that it must end with, and what that means here. */
  readonly expected: number;
  readonly meaning?: string;
}

export interface Outcome {
  readonly says: string;
  readonly passed: boolean;
}

/** Where commands are run: `qsc` is the interpreter and its program, `directory` that of the settings. */
export interface Desk {
  readonly qsc: readonly string[];
  readonly directory: string;
  /** Ends the command that runs. */
  readonly signal: AbortSignal;
}

/** Root reads a config file in the current directory only if it is named explicitly. */
const named = ["--config", "qsc.config.yaml"];

/** Runs `qsc`, explains its exit code, and tells whether it ended as expected. */
export async function runStep(
  { says, command, expected, meaning }: Step,
  { qsc, directory, signal }: Desk,
): Promise<Outcome> {
  const typed = [...command, ...named];
  console.log(`\n# ${says}\n$ qsc ${typed.join(" ")}`);
  const { code, output } = await runCommand([...qsc, ...typed], directory, "shown", signal);
  const means = (code === expected ? meaning : undefined) ?? (code === null ? output : MEANINGS[code]);
  console.log(`exit code ${code ?? "unknown"}: ${means ?? "not one of qsc's"}`);
  if (code !== expected) console.log(`expected was ${expected}: ${meaning ?? MEANINGS[expected] ?? ""}`);
  return { says: `qsc ${command[0] ?? ""}: ${says} (exit ${expected})`, passed: code === expected };
}

/** Runs `qsc` quietly, and gives what it prints for a script. */
export async function answerOf(command: readonly string[], { qsc, directory }: Desk): Promise<string> {
  const { output } = await runCommand([...qsc, ...command, ...named, "--quiet"], directory, "quiet");
  return output.trim();
}
