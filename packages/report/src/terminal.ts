import { inertText, rules, type QscDocument } from "@qsc/contract";
import { styled, type Style } from "./ansi.js";
import { PARTS, type Block, type Cell, type Finding, type Part, type Tone } from "./blocks.js";
import { outline } from "./outline.js";
import { padEnd, padStart, widthOf } from "./width.js";

/** How a document is shown on a terminal. */
export interface TerminalOptions {
  readonly color: boolean;
  /** Parts that the reader has seen already, or has not asked for. */
  readonly without?: readonly Part[];
  /** Counts what passes in place of showing each. What does not pass is always shown. Missing: all is shown. */
  readonly folded?: boolean;
  /** Only the verdict and what leads, for a log of which people see the last lines. Missing: all is shown. */
  readonly brief?: boolean;
}

const optionsRule = rules.closed({
  color: rules.flag,
  without: rules.optional(rules.listOf(rules.oneOf(...PARTS))),
  folded: rules.optional(rules.flag),
  brief: rules.optional(rules.flag),
});

type Paint = (text: string) => string;

const plain: Paint = (text) => text;
/** What the process writes to is not asked: the caller says whether there is colour. */
const paint =
  (style: Style): Paint =>
  (text) =>
    styled(style, text);

const COLORS: Readonly<Record<Tone, Paint>> = {
  good: paint("green"),
  bad: paint("red"),
  unknown: paint("yellow"),
  plain,
};
const PLAIN: Readonly<Record<Tone, Paint>> = { good: plain, bad: plain, unknown: plain, plain };

/**
 * A document as text for a terminal: the verdict and its reasons first. No character of the telemetry reaches the terminal as a control.
 * @throws QscError `invalid_option` for what is not a document
 */
export function toTerminal(document: QscDocument, options: TerminalOptions): string {
  optionsRule(options, "options");
  const { color, without = [], folded = false, brief = false } = options;
  const [bold, dim] = color ? [paint("bold"), paint("dim")] : [plain, plain];
  const tones = color ? COLORS : PLAIN;
  const hintAt = (counts: Part | undefined): string =>
    counts !== undefined && without.includes(counts) ? `  ${dim("(--verbose shows each)")}` : "";
  const render = (block: Block): string => {
    switch (block.kind) {
      case "headline":
        return `${bold(tones[block.tone](inertText(block.word)))}  ${inertText(block.text)}`;
      case "facts":
        return facts(block.rows, dim);
      case "table":
        return folded && block.folds !== undefined
          ? foldedTable(block, block.folds, tones, { bold, dim })
          : `${bold(inertText(block.title))}\n${table(block.head, block.rows, tones, dim)}`;
      case "findings":
        return `${bold(inertText(block.title))}${hintAt(block.counts)}\n${findings(block.items, tones)}`;
    }
  };
  const shown = outline(document)
    .filter(({ part }) => part === undefined || !without.includes(part))
    .filter(({ kind, leads }) => !brief || kind === "headline" || leads === true);
  return `${shown.map(render).join(brief ? "\n" : "\n\n")}\n`;
}

/** A table of which the rows that are as they should be are counted. */
function foldedTable(
  { title, head, rows }: Extract<Block, { readonly kind: "table" }>,
  word: "pass" | "done",
  tones: Readonly<Record<Tone, Paint>>,
  { bold, dim }: { readonly bold: Paint; readonly dim: Paint },
): string {
  const others = rows.filter((row) => !row.some(({ tone }) => tone === "good"));
  const good = rows.length - others.length;
  const said = tones.good(word === "pass" ? (good === 1 ? "passes" : "pass") : "done");
  const hint = dim("(--verbose shows them)");
  if (others.length === 0) return `${bold(inertText(title))}  all ${good} ${said} ${hint}`;
  const shown = `${bold(inertText(title))}\n${table(head, others, tones, dim)}`;
  return good === 0 ? shown : `${shown}\n  and ${good} ${good === 1 ? "other" : "others"} ${said} ${hint}`;
}

function findings(items: readonly Finding[], tones: Readonly<Record<Tone, Paint>>): string {
  const labels = items.map(({ label }) => (label === "" ? "-" : inertText(label)));
  const width = Math.max(...labels.map(widthOf));
  return items
    .map(({ tone, text }, index) => `  ${tones[tone](padEnd(labels[index] ?? "", width))}  ${inertText(text)}`)
    .join("\n");
}

function facts(rows: readonly (readonly [string, string])[], dim: Paint): string {
  const names = rows.map(([name]) => inertText(name));
  const width = Math.max(...names.map(widthOf));
  return rows.map(([, text], index) => `  ${dim(padEnd(names[index] ?? "", width))}  ${inertText(text)}`).join("\n");
}

const NUMBER = /^([-+]?[\d.]+( %| pp)?|-)$/;

/** Words to the left, numbers to the right. Widths are taken before colour is added. */
function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  tones: Readonly<Record<Tone, Paint>>,
  dim: Paint,
): string {
  const names = head.map(inertText);
  const texts = rows.map((row) => row.map(({ text }) => inertText(text)));
  const widths = names.map((name, column) =>
    Math.max(widthOf(name), ...texts.map((row) => widthOf(row[column] ?? ""))),
  );
  const numeric = names.map((_, column) => texts.length > 0 && texts.every((row) => NUMBER.test(row[column] ?? "")));
  const pad = (text: string, column: number): string => {
    if (numeric[column] === true) return padStart(text, widths[column] ?? 0);
    return column === names.length - 1 ? text : padEnd(text, widths[column] ?? 0);
  };
  const lines = rows.map((row, index) =>
    row.map(({ tone = "plain" }, column) => tones[tone](pad(texts[index]?.[column] ?? "", column))).join("  "),
  );
  return [dim(names.map(pad).join("  ").trimEnd()), ...lines].map((line) => `  ${line.trimEnd()}`).join("\n");
}
