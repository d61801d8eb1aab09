import { readFile, writeFile } from "node:fs/promises";

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);

/**
 * Replaces the text between the markers of a section of the benchmarks page.
 * @throws Error if the page lacks these markers
 */
export async function replaceSection(name: string, text: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const begin = `<!-- ${name}: begin -->\n`;
  const end = `<!-- ${name}: end -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${PAGE.pathname} has no section between '${begin.trim()}' and '${end}'`);
  await writeFile(PAGE, `${page.slice(0, from)}${begin}\n${text}\n\n${page.slice(to)}`);
}

/** The rows as a Markdown table. The first column is text; the others are numbers. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, at) => (at === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
