import type { QscDocument } from "@qsc/contract";
import type { Block, Finding } from "./blocks.js";
import { inertMarkdown } from "./inert.js";
import { outline } from "./outline.js";

/** A document as GitHub-flavoured Markdown. Text from the telemetry is only displayed, never interpreted. */
export function toMarkdown(document: QscDocument): string {
  return `${outline(document).map(render).join("\n\n")}\n`;
}

function render(block: Block): string {
  switch (block.kind) {
    case "headline":
      return `# ${inertMarkdown(block.word)}: ${inertMarkdown(block.text)}`;
    case "facts":
      return table(["", ""], block.rows);
    case "table":
      return `## ${inertMarkdown(block.title)}\n\n${table(
        block.head,
        block.rows.map((row) => row.map(({ text }) => text)),
      )}`;
    case "findings":
      return `## ${inertMarkdown(block.title)}\n\n${block.items.map(finding).join("\n")}`;
  }
}

function finding({ label, text }: Finding): string {
  return label === "" ? `- ${inertMarkdown(text)}` : `- **${inertMarkdown(label)}** ${inertMarkdown(text)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(inertMarkdown).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
