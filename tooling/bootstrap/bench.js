// `npm run bench -- [part ...] [--quick] [--rounds N] [--write]`: the benchmarks, from a fresh clone on. Without a part,
// those of speed and then the others.
import { run } from "./run.js";
import { setup } from "./setup.js";
import { StepFailed } from "./step.js";
import { bringSystemTools } from "./system-tools.js";

/** Parts that are programs of their own, and how a quick run of them is asked for. */
/** @type {Readonly<Record<string, { program: string, quick: readonly string[] }>>} */
const programs = {
  detection: { program: "bench/dist/detection/main.js", quick: ["--watches", "50"] },
  rollback: { program: "bench/dist/rollback-latency.js", quick: ["--rounds", "5"] },
};
const SPEED = "bench/dist/speed/main.js";

const args = process.argv.slice(2);
const parts = args.filter((arg, at) => !arg.startsWith("-") && args[at - 1] !== "--rounds");
const options = args.filter((arg) => !parts.includes(arg));
const ofSpeed = parts.filter((part) => !(part in programs));
const others = parts.length === 0 ? Object.keys(programs) : parts.filter((part) => part in programs);

/** @param {string} program @param {readonly string[]} its */
async function start(program, its) {
  const { code } = await run(process.execPath, [program, ...its], { output: "shown" });
  if (code !== 0) process.exitCode = code;
}

try {
  await setup();
  const missing = await bringSystemTools();
  if (missing.length > 0) console.log(`missing, and not to be had here: ${missing.join(", ")}; what needs them will fail`);
  if (parts.length === 0 || ofSpeed.length > 0) await start(SPEED, [...ofSpeed, ...options]);
  for (const name of others) {
    const { program, quick } = programs[name] ?? { program: "", quick: [] };
    await start(program, [...(options.includes("--quick") ? quick : []), ...(options.includes("--write") ? ["--write"] : [])]);
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.code;
}
