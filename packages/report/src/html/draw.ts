import { joined, markup, type Markup } from "./markup.js";
import type { Figure, FigureRow, Shape } from "./figures.js";

/** The axis of every drawing is this long, whatever its width on the screen. */
const LENGTH = 1000;
const HEIGHT = 100;

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
  const drawing = joined(shapes.map((shape) => draw(shape, axis)));
  return markup`<tr><th scope="row">${first}</th>${others.map((name) => markup`<td>${name}</td>`)}<td class="plot"><svg viewBox="0 0 ${LENGTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${drawing}</svg></td>${values.map(
    ({ text, tone = "plain" }) => markup`<td class="number ${tone}">${text}</td>`,
  )}</tr>`;
}

function draw(shape: Shape, axis: Figure["axis"]): Markup {
  const place = (value: number): number => {
    const share = (value - axis.from) / (axis.to - axis.from);
    return Math.round(Math.min(1, Math.max(0, share)) * LENGTH);
  };
  switch (shape.kind) {
    case "line": {
      const at = place(shape.at);
      return markup`<line class="${shape.look}" x1="${at}" y1="0" x2="${at}" y2="${HEIGHT}"/>`;
    }
    case "bar": {
      const [low, high] = [place(Math.min(shape.from, shape.to)), place(Math.max(shape.from, shape.to))];
      const thin = shape.look === "thin";
      return rectangle(shape.look, low, Math.max(2, high - low), thin ? 42 : 20, thin ? 16 : 60);
    }
    case "curve": {
      const points = shape.points.map(({ x, y }) => `${place(x)},${fromTop(y)}`).join(" ");
      return markup`<polyline class="curve" points="${points}"/>`;
    }
    case "level":
      return markup`<line class="limit" x1="0" y1="${fromTop(shape.y)}" x2="${LENGTH}" y2="${fromTop(shape.y)}"/>`;
    case "bins": {
      const most = Math.max(...shape.counts, 1);
      const width = LENGTH / shape.counts.length;
      return joined(
        shape.counts.flatMap((count, index) => {
          const height = Math.ceil((count / most) * HEIGHT);
          return count === 0 ? [] : [rectangle("bar", index * width + 2, width - 4, HEIGHT - height, height)];
        }),
      );
    }
  }
}

/** The distance from the top of a row, for a part of its height. */
function fromTop(y: number): number {
  return Math.round((1 - Math.min(1, Math.max(0, y))) * HEIGHT);
}

function rectangle(look: string, x: number, width: number, y: number, height: number): Markup {
  return markup`<rect class="${look}" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
}
