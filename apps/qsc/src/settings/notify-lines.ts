import { SETTING_NAMES } from "./table.js";

/** Lines of a file, from the first up to the second, which is not one of them. */
interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** The lines of the section `notify`, from its key up to the next key that is not indented; null if there are none. */
export function notifyLines(lines: readonly string[]): LineRange | null {
  const start = lines.findIndex((line) => /^notify\s*:/.test(line));
  if (start < 0) return null;
  const after = lines.findIndex((line, index) => index > start && /^[^\s#]/.test(line));
  return { start, end: after < 0 ? lines.length : after };
}

/**
 * The text of a config file without its section `notify`; null if it has none, or if a setting stands within the
 * section: without it, a command could act on another unit.
 */
export function withoutNotify(text: string): string | null {
  const lines = text.split(/\r?\n/);
  const range = notifyLines(lines);
  if (range === null) return null;
  const section = lines.slice(range.start, range.end).join("\n");
  if (SETTING_NAMES.some((name) => new RegExp(String.raw`\b${name}["']?\s*:`).test(section))) return null;
  return [...lines.slice(0, range.start), ...lines.slice(range.end)].join("\n");
}
