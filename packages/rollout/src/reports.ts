import { dirname, join } from "node:path";
import { QscError, rules, type QscDocument } from "@qsc/contract";
import { toJson, toMarkdown } from "@qsc/report";
import { createFile, makeDirectories, putFile, SHARED_MODE } from "./canary/own-files.js";
import { systemCodeOf } from "./canary/system-code.js";

/** The files of one report, absolute or relative as the working directory was. */
export interface WrittenReport {
  readonly markdown: string;
  readonly json: string;
}

/**
 * Writes a document as Markdown and JSON under `<workdir>/reports/safety`. Each file appears
 * whole or not at all. A report never replaces an older one, the latest scoreboard excepted.
 * @throws QscError `report_failed`, or `invalid_option` for what is not a document
 */
export async function writeReport(document: QscDocument, workdir: string): Promise<WrittenReport> {
  rules.someText(workdir, "workdir");
  // Before any file is opened: what is not a document leaves nothing behind.
  const [json, markdown] = [toJson(document), toMarkdown(document)];
  const base = join(workdir, "reports", "safety", nameOf(document));
  const replace = document.kind === "scoreboard";
  const free = replace ? base : await freeName(base);
  const written = { markdown: `${free}.md`, json: `${free}.json` };
  await writeWhole(written.json, json);
  await writeWhole(written.markdown, markdown);
  return written;
}

/** The base name of a document's report, without its extension. */
function nameOf(document: QscDocument): string {
  if (document.kind === "scoreboard") return "scoreboard_latest";
  const stamp = document.judgedAt.slice(0, 19).replace(/[-:]/g, "").replace("T", "_");
  const kind = document.kind === "monitor" ? "qsc_monitor_final" : document.kind.replace("-", "_");
  const collection = document.kind === "quality-gate" && document.mode === "collection" ? "_collection" : "";
  const postCutover = "after" in document && document.after !== null ? "_post_cutover" : "";
  return `${kind}_${stamp}${collection}${postCutover}`;
}

/** The name itself, or with the first number that no report has yet; taking it is atomic. */
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
  await inDirectory(path);
  try {
    await putFile(path, text);
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

function failed(path: string, cause: unknown): QscError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QscError(
    "report_failed",
    `The report ${path} could not be written: ${why}. Name a writable directory with --workdir.`,
    { cause },
  );
}
