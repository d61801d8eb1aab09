// `npm run bench -- [part ...] [--quick] [--rounds N] [--before DIR] [--resume FILE] [--write]`: runs the benchmarks, even on a fresh
// clone. Without a part, runs those of speed and then the others.
import { parseArgs } from "node:util";

import { bringPackage } from "./bring-package.js";
import { run } from "./run.js";
import { setup } from "./setup.js";
import { StepFailed } from "./step.js";
import { bringSystemTools } from "./system-tools.js";

/** @typedef {readonly string[]} Args */

/**
 * Parts that are programs of their own: the arguments of a quick run, whether they have rounds, compare two checkouts,
 * and resume a run that was interrupted.
 */
/** @type {Readonly<Record<string, { program: string, quick: Args, hasRounds: boolean, compares?: boolean, resumes?: boolean }>>} */
const programs = {
  detection: { program: "bench/dist/detection/main.js", quick: ["--watches", "10"], hasRounds: false, resumes: true },
  segments: { program: "bench/dist/detection/segments.js", quick: ["--watches", "20"], hasRounds: false },
  paired: { program: "bench/dist/detection/paired.js", quick: ["--watches", "50"], hasRounds: false },
  "judge-server": {
    program: "bench/dist/judge-server.js",
    quick: ["--seconds", "3", "--hostile", "500"],
    hasRounds: false,
  },
  kills: { program: "bench/dist/workers/kills.js", quick: ["--faults", "20"], hasRounds: false },
  workers: { program: "bench/dist/workers/gain.js", quick: ["--entries", "100000", "--rounds", "1"], hasRounds: true },
  rollback: { program: "bench/dist/rollback-latency.js", quick: ["--rounds", "5"], hasRounds: true, compares: true },
};
const SPEED = "bench/dist/speed/main.js";
/** Only the benchmark compares with it, and it is large: it does not come with every clone. */
const DUCKDB = "@duckdb/node-api@1.5.5-r.5";

/** Whether the benchmarks of speed compare with DuckDB: asked for by name, or with all others. @param {Args} parts */
function needsDuckdb(parts) {
  return parts.includes("duckdb") || parts.every((part, at) => part.startsWith("-") || parts[at - 1] === "--rounds");
}

/** The requested programs and their arguments. @throws TypeError for an option that does not exist or has no effect */
function asked() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      before: { type: "string" },
      resume: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const ofSpeed = positionals.filter((part) => !(part in programs));
  const others = positionals.length === 0 ? Object.keys(programs) : positionals.filter((part) => part in programs);
  const isSpeed = positionals.length === 0 || ofSpeed.length > 0;
  const rounds = values.rounds === undefined ? [] : ["--rounds", values.rounds];
  const write = values.write ? ["--write"] : [];
  if (rounds.length > 0 && !isSpeed && !others.some((name) => programs[name]?.hasRounds)) {
    throw new TypeError(`--rounds ${values.rounds} has no effect: ${others.join(", ")} has no rounds. Leave it out.`);
  }
  const before = values.before === undefined ? [] : ["--before", values.before];
  if (before.length > 0 && !others.some((name) => programs[name]?.compares)) {
    throw new TypeError(`--before ${values.before} has no effect: only rollback compares two checkouts. Leave it out.`);
  }
  const resume = values.resume === undefined ? [] : ["--resume", values.resume];
  if (resume.length > 0 && !others.some((name) => programs[name]?.resumes)) {
    throw new TypeError(`--resume ${values.resume} has no effect: only detection resumes a run. Leave it out.`);
  }
  const own = others.flatMap((name) => {
    const part = programs[name];
    if (part === undefined) return [];
    const { program, quick, hasRounds, compares, resumes } = part;
    // The last value of an option wins, so requested rounds override those of a quick run.
    return [
      [
        program,
        ...(values.quick ? quick : []),
        ...(hasRounds ? rounds : []),
        ...(compares ? before : []),
        ...(resumes ? resume : []),
        ...write,
      ],
    ];
  });
  return [...(isSpeed ? [[SPEED, ...ofSpeed, ...(values.quick ? ["--quick"] : []), ...rounds, ...write]] : []), ...own];
}

let commands;
try {
  commands = asked();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exit(64);
}
try {
  await setup();
  const missing = await bringSystemTools();
  if (commands.some(([program, ...parts]) => program === SPEED && needsDuckdb(parts)))
    await bringPackage("DuckDB", "duckdb", DUCKDB, `Without ${DUCKDB} from the npm registry the part duckdb fails.`);
  if (missing.length > 0)
    console.log(`missing and not installable here: ${missing.join(", ")}; parts that need them will fail`);
  for (const command of commands) {
    const { code } = await run(process.execPath, command, { output: "shown" });
    if (code !== 0) process.exitCode = code;
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
