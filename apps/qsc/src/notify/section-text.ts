import { canonicalJson } from "@qsc/contract";
import { parseYaml } from "@qsc/violations";
import type { NotifySection } from "../settings/config-file.js";

/**
 * The section `notify` as the text of a config file, ending with its line: as it was written, with its comments, if it
 * stands in lines of its own; otherwise as JSON, which is valid YAML.
 */
export async function sectionText({ value, file }: NotifySection): Promise<string> {
  const written = linesOf(file);
  try {
    const read = (await parseYaml(written)) as Readonly<Record<string, unknown>> | null;
    if (canonicalJson(read?.["notify"]) === canonicalJson(value)) return written;
  } catch {
    // The lines are not a whole section: a file of JSON, or one with other YAML.
  }
  return `notify: ${JSON.stringify(value)}\n`;
}

/** The lines of the section, with the comments above it; a comment in the first line is about the whole file. */
function linesOf(file: string): string {
  const lines = file.split(/\r?\n/);
  const key = lines.findIndex((line) => /^notify\s*:/.test(line));
  if (key < 0) return "";
  let start = key;
  while (start > 1 && /^\s*(?:#.*)?$/.test(lines[start - 1] ?? "x")) start -= 1;
  const after = lines.findIndex((line, index) => index > key && /^[^\s#]/.test(line));
  const end = after < 0 ? lines.length : after;
  return `${lines.slice(start, end).join("\n").trimEnd()}\n`;
}
