import type { DrawnFigure } from "@qsc/report/live";
import { byId, cell, drawing, headOf, make, region, say, type Column } from "./dom.js";

interface ShownFigure {
  readonly section: HTMLElement;
  readonly update: (figure: DrawnFigure) => void;
}

/** A figure that keeps its place, and with it the reader's, while its rows change. */
function figureOf({ title, head, tall }: DrawnFigure): ShownFigure {
  const note = make("p", { class: "note" });
  const columns: readonly Column[] = [
    ...head.names.map((name) => ({ title: name })),
    { title: head.plot, kind: "plot" as const },
    ...head.values.map((name) => ({ title: name, kind: "number" as const })),
  ];
  const body = make("tbody");
  const table = make("table", tall === true ? { class: "tall" } : {}, headOf(columns), body);
  const numbers = make("table");
  const summary = make("summary");
  const details = make("details", {}, summary, region(`${title} in numbers`, numbers));
  const section = make("section", {}, make("h2", {}, title), note, region(title, table), details);
  return {
    section,
    update: (figure) => {
      say(note, figure.note);
      body.replaceChildren(...figure.rows.map((row) => figureRow(figure.box, row)));
      details.hidden = figure.numbers === undefined;
      say(summary, figure.numbers?.summary ?? "");
      const rows = (figure.numbers?.rows ?? []).map((row) =>
        make("tr", {}, ...row.map((text) => make("td", { class: "number" }, text))),
      );
      const titles = (figure.numbers?.head ?? []).map((name) => ({ title: name, kind: "number" as const }));
      numbers.replaceChildren(headOf(titles), make("tbody", {}, ...rows));
    },
  };
}

function figureRow(box: DrawnFigure["box"], { names, elements, values }: DrawnFigure["rows"][number]): HTMLElement {
  const [first = "", ...others] = names;
  const numbers = values.map(({ text, tone = "plain" }) => make("td", { class: `number ${tone}` }, text));
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, first),
    ...others.map((name) => cell(name)),
    make("td", { class: "plot" }, drawing(box, elements)),
    ...numbers,
  );
}

const figures = new Map<string, ShownFigure>();

/** Shows these figures, and no others. */
export function showFigures(all: readonly DrawnFigure[]): void {
  const keys = all.map(({ title, head }) => JSON.stringify([title, head]));
  for (const [key, { section }] of figures) {
    if (keys.includes(key)) continue;
    section.remove();
    figures.delete(key);
  }
  for (const [index, figure] of all.entries()) {
    const key = keys[index] ?? "";
    const known = figures.get(key) ?? figureOf(figure);
    if (!figures.has(key)) byId("figures").append(known.section);
    figures.set(key, known);
    known.update(figure);
  }
}
