import { canonicalJson } from "@qsc/contract";
import { parseYaml } from "@qsc/violations";
import type { NotifySection } from "../settings/config-file.js";
import { notifyLines } from "../settings/notify-lines.js";

/**
 * The section `notify` as the text of a config file, ending with its line: as it was written, with its comments, if it
 * stands in lines of its own; otherwise as JSON, which is valid YAML.
 * @throws QscError `invalid_config` if the section is not YAML
 */
export async function sectionText({ read: valueOf, file }: NotifySection): Promise<string> {
  const value = valueOf();
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
  const range = notifyLines(lines);
  if (range === null) return "";
  let { start } = range;
  while (start > 1 && /^\s*(?:#.*)?$/.test(lines[start - 1] ?? "x")) start -= 1;
  return `${lines.slice(start, range.end).join("\n").trimEnd()}\n`;
}
