import type { Block, Cell, Finding } from "../blocks.js";
import { markup, type Markup } from "./markup.js";

/** A part of a report as a part of a page. */
export function drawBlock(block: Block): Markup {
  switch (block.kind) {
    case "headline":
      return markup`<header class="${block.tone}"><p class="word">${block.word}</p><h1>${block.text}</h1></header>
`;
    case "facts":
      return markup`<dl>${block.rows.map(([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
`;
    case "table":
      return markup`<section><h2>${block.title}</h2>${block.folds === undefined ? table(block) : folded(block, block.folds)}</section>
`;
    case "findings":
      return markup`<section><h2>${block.title}</h2><ul>${block.items.map(finding)}</ul></section>
`;
  }
}

type Table = Extract<Block, { readonly kind: "table" }>;

/** Rows that are as they should be are counted, and shown when asked for. */
function folded(block: Table, word: "pass" | "done"): Markup {
  const isGood = (row: readonly Cell[]): boolean => row.some(({ tone }) => tone === "good");
  const [good, others] = [block.rows.filter(isGood), block.rows.filter((row) => !isGood(row))];
  if (good.length === 0) return table(block);
  const said = word === "done" ? "done" : good.length === 1 ? "passes" : "pass";
  const all = others.length === 0 ? "all " : "";
  const details = markup`<details><summary>${all}${good.length} ${said}</summary>${table({ ...block, rows: good })}</details>`;
  return others.length === 0 ? details : markup`${table({ ...block, rows: others })}${details}`;
}

const NUMBER = /^([-+]?\d+(\.\d+)?( %| pp| ms)?|-)$/;

function table({ title, head, rows }: Table): Markup {
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => NUMBER.test(row[column]?.text ?? "")));
  const kind = (column: number): Markup => (numeric[column] === true ? markup` class="number"` : markup``);
  const heads = head.map((name, column) => markup`<th scope="col"${kind(column)}>${name}</th>`);
  const lines = rows.map(
    (row) => markup`<tr>${row.map((cell, column) => tableCell(cell, numeric[column] === true))}</tr>`,
  );
  return markup`<div class="wide" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

function tableCell({ text, tone = "plain" }: Cell, isNumber: boolean): Markup {
  return markup`<td class="${tone}${isNumber ? " number" : ""}">${text}</td>`;
}

function finding({ tone, label, text }: Finding): Markup {
  return label === "" ? markup`<li>${text}</li>` : markup`<li><strong class="${tone}">${label}</strong> ${text}</li>`;
}
