// Runs `qsc` in a pipeline: its report becomes the job's summary, its reasons become annotations, and the step ends with
// its exit code. Whatever is not a proven pass ends with another code than 0.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The commands that judge, and change nothing. */
const COMMANDS = ["judge", "quality-gate", "scoreboard", "feature-sanity"];
const VERDICTS = ["pass", "fail", "unknown", "collected"];
/** GitHub shows at most ten annotations of a kind in a step. */
const MOST_ANNOTATIONS = 10;
/** A summary may have 1 MiB. */
const MOST_SUMMARY = 900_000;

const args = (process.env["ACTION_ARGS"] ?? "")
  .split("\n")
  .map((line) => line.trim())
  .filter((line) => line !== "");
process.exitCode = main();

/** @returns {number} the exit code of the step */
function main() {
  if (!COMMANDS.includes(args[0] ?? "")) {
    annotate(
      "error",
      "qsc",
      `'${args[0] ?? ""}' is not a command of this action; write one of ${COMMANDS.join(", ")} first.`,
    );
    return 1;
  }
  const home = mkdtempSync(join(process.env["RUNNER_TEMP"] ?? tmpdir(), "qsc-"));
  const run = spawnSync("qsc", [...args, "--json", "--workdir", home], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (run.error !== undefined) {
    annotate(
      "error",
      "qsc",
      `qsc could not be run: ${run.error.message}. Set the input version, or install @qsc/cli before.`,
    );
    return 1;
  }
  showLog(run.stderr);
  const path = join(home, "verdict.json");
  writeFileSync(path, run.stdout);
  const document = parsed(run.stdout);
  const verdict = VERDICTS.find((word) => word === document["verdict"]) ?? "unknown";
  const code = exitCodeOf(run.status, verdict, document);
  tell(document, verdict, code);
  write("GITHUB_STEP_SUMMARY", summary(home, document, verdict));
  write("GITHUB_OUTPUT", `verdict=${verdict}\nexit-code=${code}\ndocument=${path}\n`);
  return code;
}

/**
 * A pass has all signs of one; a process that was ended by a signal has no code.
 * @param {number | null} status @param {string} verdict @param {Readonly<Record<string, unknown>>} document
 */
function exitCodeOf(status, verdict, document) {
  const isPass = status === 0 && verdict === "pass" && document["exitCode"] === 0;
  return isPass ? 0 : status === 0 || status === null ? 1 : status;
}

/** @param {string} text @returns {Readonly<Record<string, unknown>>} the document; an empty one if there is none */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** @param {Readonly<Record<string, unknown>>} document @param {string} verdict @param {number} code */
function tell(document, verdict, code) {
  for (const warning of texts(document["warnings"]).slice(0, MOST_ANNOTATIONS)) annotate("warning", "qsc", warning);
  if (code === 0) {
    annotate("notice", "qsc: pass", `${args[0]} proved a pass`);
    return;
  }
  const codes = texts(document["codes"]);
  const reasons = reasonsOf(document);
  for (const [index, reason] of reasons.slice(0, MOST_ANNOTATIONS).entries())
    annotate("error", `qsc: ${codes[index] ?? verdict}`, reason);
}

/** @param {Readonly<Record<string, unknown>>} document @returns {readonly string[]} why there is no pass; never empty */
function reasonsOf({ reasons, message, code, verdict }) {
  const found = texts(reasons);
  if (found.length > 0) return found;
  if (typeof message === "string") return [`${String(code)}: ${message}`];
  return [verdict === "collected" ? "Enough is gathered; a collection permits nothing" : "qsc gave no verdict"];
}

/** @param {unknown} value @returns {readonly string[]} */
function texts(value) {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/**
 * The report, which qsc wrote; without one, the reasons as they are, in a block that nothing in them can end.
 * @param {string} home @param {Readonly<Record<string, unknown>>} document @param {string} verdict
 */
function summary(home, document, verdict) {
  const report = reportIn(join(home, "reports", "safety"));
  if (report !== null && report.length <= MOST_SUMMARY) return `${report}\n`;
  const lines = reasonsOf(document).map((reason) => `    ${reason.replaceAll(/\s+/g, " ")}`);
  return `## qsc ${args[0]}: ${verdict}\n\n${verdict === "pass" ? "" : lines.join("\n").slice(0, MOST_SUMMARY)}\n`;
}

/** @param {string} directory @returns {string | null} */
function reportIn(directory) {
  try {
    const name = readdirSync(directory).find((each) => each.endsWith(".md"));
    return name === undefined ? null : readFileSync(join(directory, name), "utf8");
  } catch {
    return null;
  }
}

/** What qsc said, in which nothing is a command to the runner. @param {string} text */
function showLog(text) {
  const end = randomUUID();
  process.stdout.write(`::stop-commands::${end}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}::${end}::\n`);
}

/** @param {"error" | "warning" | "notice"} kind @param {string} title @param {string} text */
function annotate(kind, title, text) {
  const name = escaped(title).replaceAll(":", "%3A").replaceAll(",", "%2C");
  process.stdout.write(`::${kind} title=${name}::${escaped(text)}\n`);
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** @param {string} variable names a file of the runner @param {string} text */
function write(variable, text) {
  const path = process.env[variable] ?? "";
  if (path !== "") appendFileSync(path, text);
}
