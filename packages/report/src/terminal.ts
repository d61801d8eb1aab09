import type { QscDocument } from "@qsc/contract";
import pc from "picocolors";
import type { Block, Cell, Tone } from "./blocks.js";
import { inertText } from "./inert.js";
import { outline } from "./outline.js";

export interface TerminalOptions {
  readonly color: boolean;
}

type Paint = (text: string) => string;

/** A document as text for a terminal. No character of the telemetry reaches the terminal as a control. */
export function toTerminal(document: QscDocument, { color }: TerminalOptions): string {
  const paints = pc.createColors(color);
  const tones: Readonly<Record<Tone, Paint>> = {
    good: paints.green,
    bad: paints.red,
    unknown: paints.yellow,
    plain: (text) => text,
  };
  const render = (block: Block): string => {
    switch (block.kind) {
      case "headline":
        return `${paints.bold(tones[block.tone](inertText(block.word)))}  ${inertText(block.text)}`;
      case "facts":
        return facts(block.rows, paints.dim);
      case "table":
        return `${paints.bold(inertText(block.title))}\n${table(block.head, block.rows, tones, paints.dim)}`;
      case "findings":
        return [
          paints.bold(inertText(block.title)),
          ...block.items.map(
            ({ tone, label, text }) => `  ${tones[tone](inertText(label))}  ${inertText(text)}`,
          ),
        ].join("\n");
    }
  };
  return `${outline(document).map(render).join("\n\n")}\n`;
}

function facts(rows: readonly (readonly [string, string])[], dim: Paint): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${dim(name.padEnd(width))}  ${inertText(text)}`).join("\n");
}

const NUMBER = /^([-+]?[\d.]+( %| pp)?|-)$/;

/** Words to the left, numbers to the right. Widths are taken before colour is added. */
function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  tones: Readonly<Record<Tone, Paint>>,
  dim: Paint,
): string {
  const texts = rows.map((row) => row.map(({ text }) => inertText(text)));
  const widths = head.map((name, column) =>
    Math.max(name.length, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const numeric = head.map((_, column) => texts.length > 0 && texts.every((row) => NUMBER.test(row[column] ?? "")));
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return numeric[column] === true ? text.padStart(width) : text.padEnd(width);
  };
  const lines = rows.map((row, index) =>
    row.map(({ tone = "plain" }, column) => tones[tone](pad(texts[index]?.[column] ?? "", column))).join("  "),
  );
  return [dim(head.map(pad).join("  ")), ...lines].map((line) => `  ${line.trimEnd()}`).join("\n");
}
