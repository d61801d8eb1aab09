import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { QscError, rules, type QscDocument } from "@qsc/contract";
import { toHtml, toJson, toMarkdown } from "@qsc/report";
import { plainFiles, replaceFile } from "./files.js";
import { createFile, makeDirectories, SHARED_MODE } from "./own-files.js";
import { systemCodeOf } from "./system-code.js";

/** The files of one report; relative if the working directory was. */
export interface WrittenReport {
  readonly markdown: string;
  readonly html: string;
  readonly json: string;
}

export interface ReportOptions {
  /** Whether the watch has ended; false: it reports an eligible canary, and continues. */
  readonly isFinal?: boolean;
}

/**
 * Writes a document as Markdown, HTML and JSON under `<workdir>/reports/safety`. Each file appears whole or not at all. A
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
  const [json, markdown, html] = [toJson(document), toMarkdown(document), toHtml(document)];
  const base = join(workdir, "reports", "safety", nameOf(document, isFinal));
  const write = async (name: string): Promise<void> => {
    await writeWhole(`${name}.json`, json);
    await writeWhole(`${name}.html`, html);
    await writeWhole(`${name}.md`, markdown);
  };
  const replaces = document.kind === "scoreboard";
  const name = replaces ? base : await inFreeName(base, write);
  if (replaces) await write(name);
  return { markdown: `${name}.md`, html: `${name}.html`, json: `${name}.json` };
}

const ELSEWHERE = "Name a writable directory with --workdir.";
/** What to do if something else has the name of a file or directory. */
const IN_THE_WAY: Readonly<Record<string, string>> = {
  EISDIR: "A directory has the name of that file: move it away.",
  ENOTDIR: `A part of that path is a file, not a directory. ${ELSEWHERE}`,
};

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

/** Writes under the name itself, or with the first free number, which no other report takes meanwhile. */
async function inFreeName(base: string, write: (name: string) => Promise<void>): Promise<string> {
  await inDirectory(base);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}_${number}`;
    const taken = `${name}.taken`;
    if (!(await isMade(taken))) continue;
    try {
      if (await isThere(`${name}.json`)) continue;
      await write(name);
      return name;
    } finally {
      await plainFiles.remove(taken).catch((cause: unknown) => {
        throw failed(taken, cause);
      });
    }
  }
}

/** Whether the file was not there, and is now. */
async function isMade(path: string): Promise<boolean> {
  try {
    await createFile(path, SHARED_MODE, () => Promise.resolve());
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST") return false;
    throw failed(path, cause);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return false;
    throw failed(path, cause);
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
  return failure(path, `${why}. ${IN_THE_WAY[systemCodeOf(cause) ?? ""] ?? ELSEWHERE}`, cause);
}

function failure(path: string, why: string, cause: unknown): QscError {
  return new QscError("report_failed", `The report ${path} could not be written: ${why}`, { cause });
}
