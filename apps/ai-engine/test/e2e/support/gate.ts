import { execFile } from "node:child_process";
import { join } from "node:path";
import type { GateDocument } from "@qsc/contract";
import { repositoryRoot } from "@qsc-tooling/testkit";

/** Runs a quality gate in canary mode through the real command line. */
export async function gate(
  source: string,
  workdir: string,
  args: readonly string[] = [],
): Promise<GateDocument & { readonly code: number }> {
  const { code, out, err } = await qsc([
    "quality-gate",
    "--mode",
    "canary",
    "--source",
    source,
    "--workdir",
    workdir,
    "--json",
    ...args,
  ]);
  if (out === "") throw new Error(`the gate printed no document: ${err}`);
  return { ...(JSON.parse(out) as GateDocument), code };
}

/** Runs `qsc` without any of this process's settings. */
function qsc(args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const bin = join(repositoryRoot, "apps/qsc/bin/qsc.js");
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"] ?? "" }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [bin, ...args], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, out, err });
    });
  });
}

/** Each model's verdict. */
export function verdicts({ models }: GateDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(models.map(({ model, verdict }) => [model, verdict]));
}
