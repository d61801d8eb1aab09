// Elements and texts. Nothing here reads markup: whatever name a model has, it is only displayed.
import type { DrawnElement, DrawnFigure } from "@qsc/report/live";

const SVG = "http://www.w3.org/2000/svg";
/** What an element may have in it: a string is text. */
export type Child = Node | string;

/** An element with attributes and content. */
export function make(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An element of the page that is always there. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Sets a text only if it is another one: a screen reader says what changes. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** How long ago something was, in words. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min ago`;
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly kind?: "number" | "plot";
}

/** A table in a region that scrolls by itself, also with the keyboard. */
export function region(label: string, ...children: readonly Child[]): HTMLElement {
  return make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, ...children);
}

/** The head of a table. */
export function headOf(columns: readonly Column[]): HTMLElement {
  const cells = columns.map(({ title, kind }) => make("th", { scope: "col", ...(kind && { class: kind }) }, title));
  return make("thead", {}, make("tr", {}, ...cells));
}

/** A cell of a table. */
export function cell(child: Child, tone = ""): HTMLElement {
  return make("td", tone === "" ? {} : { class: tone }, child);
}

/** A drawing; its numbers stand beside it, so that a screen reader passes it over. */
export function drawing([width, height]: DrawnFigure["box"], elements: readonly DrawnElement[]): Element {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const { name, attributes } of elements) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    svg.append(made);
  }
  return svg;
}
