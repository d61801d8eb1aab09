import { inertText } from "@qsc/contract";

/** A piece of a page. Texts are put into it by `markup` alone, which escapes them. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Part = string | number | Markup | readonly Markup[];

/** A piece of a page from a template: what is not markup itself is text, and is only displayed. */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(String.raw({ raw: template }, ...parts.map(sourceOf)));
}

/** Several pieces, one after another. */
export function joined(pieces: readonly Markup[]): Markup {
  return new Markup(sourceOf(pieces));
}

function sourceOf(part: Part): string {
  if (part instanceof Markup) return part.source;
  if (typeof part === "object") return part.map(({ source }) => source).join("");
  return inertText(String(part)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
