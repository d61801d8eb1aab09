import { dirname, join } from "node:path";
import { QscError, rules, type QscDocument } from "@qsc/contract";
import { toJson, toMarkdown } from "@qsc/report";
import { plainFiles, replaceFile } from "./files.js";
import { createFile, makeDirectories, SHARED_MODE } from "./own-files.js";
import { systemCodeOf } from "./system-code.js";

/** The files of one report; relative if the working directory was. */
export interface WrittenReport {
  readonly markdown: string;
  readonly json: string;
}

export interface ReportOptions {
  /** Whether the watch has ended; false: it reports an eligible canary, and continues. */
  readonly isFinal?: boolean;
}

/**
 * Writes a document as Markdown and JSON under `<workdir>/reports/safety`. Each file appears whole or not at all. A
 * report never replaces an older one, except for the latest scoreboard.
 * @throws QscError `report_failed`, or `invalid_option` for a value that is not a document
 */
export async function writeReport(
  document: QscDocument,
  workdir: string,
  { isFinal = true }: ReportOptions = {},
): Promise<WrittenReport> {
  rules.someText(workdir, "workdir");
  // Rendered before any file is opened, so that a value that is not a document leaves nothing behind.
  const [json, markdown] = [toJson(document), toMarkdown(document)];
  const base = join(workdir, "reports", "safety", nameOf(document, isFinal));
  const replace = document.kind === "scoreboard";
  const free = replace ? base : await freeName(base);
  const written = { markdown: `${free}.md`, json: `${free}.json` };
  await writeWhole(written.json, json);
  await writeWhole(written.markdown, markdown);
  return written;
}

/** The base name of a document's report, without its extension. */
function nameOf(document: QscDocument, isFinal: boolean): string {
  if (document.kind === "scoreboard") return "scoreboard_latest";
  const stamp = document.judgedAt.slice(0, 19).replace(/[-:]/g, "").replace("T", "_");
  const end = isFinal ? "final" : "eligible";
  const kind = document.kind === "monitor" ? `qsc_monitor_${end}` : document.kind.replace("-", "_");
  const collection = document.kind === "quality-gate" && document.mode === "collection" ? "_collection" : "";
  const postCutover = "after" in document && document.after !== null ? "_post_cutover" : "";
  return `${kind}_${stamp}${collection}${postCutover}`;
}

/** The name itself, or with the first free number; it is reserved atomically. */
async function freeName(base: string): Promise<string> {
  await inDirectory(base);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}_${number}`;
    try {
      await createFile(`${name}.json`, SHARED_MODE, () => Promise.resolve());
      return name;
    } catch (cause) {
      if (systemCodeOf(cause) !== "EEXIST") throw failed(`${name}.json`, cause);
    }
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await replaceFile(plainFiles, path, text);
  } catch (cause) {
    throw failed(path, cause);
  }
}

async function inDirectory(path: string): Promise<void> {
  try {
    await makeDirectories(dirname(path));
  } catch (cause) {
    throw failed(path, cause);
  }
}

function failed(path: string, thrown: unknown): QscError {
  // A refusal of our own already says what to do; an error of the system does not.
  const refusal = thrown instanceof QscError && thrown.cause === undefined ? thrown : null;
  if (refusal !== null) return failure(path, refusal.message, refusal);
  const cause = thrown instanceof QscError ? thrown.cause : thrown;
  const why = cause instanceof Error ? cause.message : String(cause);
  return failure(path, `${why}. Name a writable directory with --workdir.`, cause);
}

function failure(path: string, why: string, cause: unknown): QscError {
  return new QscError("report_failed", `The report ${path} could not be written: ${why}`, { cause });
}
