// `qsc` that stops itself (SIGSTOP or SIGKILL) right before one of its effects: as its argument `--workdir` has a file
// `stop.json` beside it, which names the command, the effect and the signal. What it does is listed in `effects.log`
// there. A command without `--workdir`, such as the dead-man's, is the plain one.
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";

const { O_RDWR, O_WRONLY } = fs.constants;
/** Files that get their name later, and what keeps the name of a report. */
const NAMELESS = /\.(?:new|taken)$/;
/** Verbs of systemctl that only ask. */
const ASKS = new Set(["show", "cat", "is-active", "list-units", "show-environment"]);

const workdir = process.argv[process.argv.indexOf("--workdir") + 1];
const home = process.argv.includes("--workdir") && workdir !== undefined ? dirname(workdir) : null;
const plan = home === null ? null : planIn(home);
if (home !== null && plan !== null && plan.command === process.argv[2]) countIn(home, plan);

await import("../../../bin/qsc.js");

/**
 * @param {string} directory
 * @returns {{ readonly command: string; readonly at: number; readonly signal: "SIGSTOP" | "SIGKILL" } | null}
 */
function planIn(directory) {
  const path = join(directory, "stop.json");
  return fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, "utf8")) : null;
}

/**
 * @param {string} directory
 * @param {{ readonly at: number; readonly signal: "SIGSTOP" | "SIGKILL" }} stop
 */
function countIn(directory, { at, signal }) {
  let count = 0;
  const effect = (/** @type {string} */ what) => {
    fs.appendFileSync(join(directory, "effects.log"), `${what}\n`);
    if (count === at) process.kill(process.pid, signal);
    count += 1;
  };
  /** @type {Record<string, any>} */
  const files = fs.promises;
  const [open, spawn] = [files["open"], childProcess.spawn];
  for (const name of ["rename", "rm", "symlink"]) {
    const original = files[name];
    files[name] = (/** @type {any[]} */ ...args) => {
      effect(`${name} ${String(args.at(name === "rm" ? 0 : 1))}`);
      return original(...args);
    };
  }
  files["open"] = (/** @type {any[]} */ ...args) => {
    if (typeof args[1] === "number" && (args[1] & (O_RDWR | O_WRONLY)) !== 0 && !NAMELESS.test(args[0]))
      effect(`write ${String(args[0])}`);
    return open(...args);
  };
  /** @type {any} */ (childProcess).spawn = (/** @type {any[]} */ ...args) => {
    const words = [args[0], ...(Array.isArray(args[1]) ? args[1] : [])].map(String);
    const verb = words
      .slice(words.findIndex((word) => /(^|\/)systemctl$/.test(word)) + 1)
      .find((word) => !word.startsWith("-"));
    if (words.some((word) => /(^|\/)systemctl$/.test(word)) && verb !== undefined && !ASKS.has(verb))
      effect(`systemctl ${verb}`);
    return /** @type {any} */ (spawn)(...args);
  };
  syncBuiltinESMExports();
}
