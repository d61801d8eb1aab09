import { joined, markup, Markup } from "./markup.js";
import { elementsOf, HEIGHT, LENGTH, type DrawnElement } from "./elements.js";
import type { Figure, FigureRow } from "./figures.js";

/** A figure as a section of a page. */
export function drawFigure({ title, note, axis, head, rows, tall, numbers }: Figure): Markup {
  const cells = [
    ...head.names.map((name) => markup`<th scope="col">${name}</th>`),
    markup`<th scope="col" class="plot">${head.plot}</th>`,
    ...head.values.map((name) => markup`<th scope="col" class="number">${name}</th>`),
  ];
  const table = markup`<table${tall === true ? markup` class="tall"` : ""}><thead><tr>${cells}</tr></thead><tbody>${rows.map((row) => drawRow(row, axis))}</tbody></table>`;
  return markup`<section><h2>${title}</h2><p class="note">${note}</p><div class="wide" tabindex="0" role="region" aria-label="${title}">${table}</div>${numbers === undefined ? "" : drawNumbers(numbers)}</section>
`;
}

function drawNumbers({ summary, head, rows }: NonNullable<Figure["numbers"]>): Markup {
  const heads = head.map((name) => markup`<th scope="col" class="number">${name}</th>`);
  const lines = rows.map((row) => markup`<tr>${row.map((text) => markup`<td class="number">${text}</td>`)}</tr>`);
  return markup`<details><summary>${summary}</summary><div class="wide" tabindex="0" role="region" aria-label="${summary}"><table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div></details>`;
}

function drawRow({ names, shapes, values }: FigureRow, axis: Figure["axis"]): Markup {
  const [first = "", ...others] = names;
  const drawing = joined(elementsOf(shapes, axis).map(draw));
  return markup`<tr><th scope="row">${first}</th>${others.map((name) => markup`<td>${name}</td>`)}<td class="plot"><svg viewBox="0 0 ${LENGTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${drawing}</svg></td>${values.map(
    ({ text, tone = "plain" }) => markup`<td class="number ${tone}">${text}</td>`,
  )}</tr>`;
}

/** Names of elements and attributes are our own; values are escaped. */
function draw({ name, attributes }: DrawnElement): Markup {
  const all = Object.entries(attributes).map(([key, value]) => markup` ${new Markup(key)}="${value}"`);
  return markup`<${new Markup(name)}${all}/>`;
}
