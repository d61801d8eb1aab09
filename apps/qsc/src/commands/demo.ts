import { createRequire } from "node:module";
import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { QscError } from "@qsc/contract";
import type { ServingCommand } from "../command.js";

/** What the package `@qsc/demo` exports. */
interface DemoProgram {
  readonly runDemo: (options: {
    readonly qsc: readonly string[];
    readonly reports: string;
    readonly signal: AbortSignal;
  }) => Promise<boolean>;
}

/** `qsc demo`. */
export const demoCommand: ServingCommand = {
  kind: "serves",
  name: "demo",
  summary: "Play the runbook on a real engine, two minutes long. Needs the package @qsc/demo. Exit 0 or 1",
  options: {},
  examples: [
    ["$0 demo", "a collapsed model is refused, and a canary that collapses is rolled back"],
    ["$0 demo --workdir /tmp/demo", "keeps its reports in another directory"],
  ],
  run: async ({ settings, signal }) => {
    const program = process.argv[1] ?? "";
    const { runDemo } = await demoProgram([program, realpathSync(program)]);
    const qsc = [process.execPath, realpathSync(program)];
    const reports = resolve(join(settings.workdir, "reports", "demo"));
    const isDone = await runDemo({ qsc, reports, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new QscError("interrupted", "The demo was stopped; its engine and its files are gone.");
    });
    if (!isDone) throw new QscError("internal", "The demo did not end as expected: the lines above say where.");
  },
};

/**
 * The demo, which is a package of its own for its engine and models. It is looked for beside `qsc`, and not in the current
 * directory: what is there may be another user's.
 *
 * @param places paths of this program: as it was called, and without links
 * @throws QscError `dependency_missing`
 */
export async function demoProgram(places: readonly string[]): Promise<DemoProgram> {
  for (const place of places) {
    const manifest = found(place);
    if (manifest !== null) return (await import(pathToFileURL(manifest).href)) as DemoProgram;
  }
  throw new QscError(
    "dependency_missing",
    "The demo is a package of its own, which is not installed beside qsc. Install it: npm install -g @qsc/demo.",
  );
}

function found(place: string): string | null {
  try {
    return createRequire(place).resolve("@qsc/demo");
  } catch {
    return null;
  }
}
