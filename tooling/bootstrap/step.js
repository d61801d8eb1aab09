import { run } from "./run.js";

/** A step that failed and has already reported it. Its exit code is the command's. */
export class StepFailed extends Error {
  /** @param {string} title @param {number} code */
  constructor(title, code) {
    super(`${title} failed`);
    this.code = code;
  }
}

/**
 * @param {string} title
 * @param {string} result
 * @param {number} startedMs
 */
export function reportLine(title, result, startedMs) {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${title.padEnd(24)} ${result.padEnd(7)} ${seconds.padStart(6)} s`);
}

/**
 * Prints one line on success; on failure the command's whole output, the command, and what to do.
 *
 * @param {string} title
 * @param {readonly [string, ...string[]]} command
 * @param {string} advice
 * @param {{ env?: Record<string, string> }} [options]
 */
export async function step(title, [command, ...args], advice, options = {}) {
  const started = performance.now();
  const { code, output } = await run(command, args, { output: "quiet", ...options });
  reportLine(title, code === 0 ? "ok" : "FAILED", started);
  if (code === 0) return;
  console.log(`${output.trimEnd()}\n\nFailed (exit code ${code}): ${[command, ...args].join(" ")}\n${advice}`);
  throw new StepFailed(title, code);
}
