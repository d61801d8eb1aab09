import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { importBeside, ownPlaces } from "../beside.js";
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
    const { runDemo } = await demoProgram(ownPlaces());
    const qsc = [process.execPath, realpathSync(process.argv[1] ?? "")];
    const reports = resolve(join(settings.workdir, "reports", "demo"));
    const isDone = await runDemo({ qsc, reports, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new QscError("interrupted", "The demo was stopped; its engine and its files are gone.");
    });
    if (!isDone) throw new QscError("internal", "The demo did not end as expected: the lines above say where.");
  },
};

/**
 * The demo, which is a package of its own for its engine and models.
 *
 * @param places paths of this program: as it was called, and without links
 * @throws QscError `dependency_missing`
 */
export async function demoProgram(places: readonly string[]): Promise<DemoProgram> {
  const program = await importBeside(places, "@qsc/demo");
  if (program !== null) return program as DemoProgram;
  throw new QscError(
    "dependency_missing",
    "The demo is a package of its own, which is not installed beside qsc. Install it: npm install -g @qsc/demo.",
  );
}
