import { createHash } from "node:crypto";
import { inertText } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { STYLE, STYLE_HASH } from "../src/html/style.js";
import { toHtml } from "../src/index.js";
import { documents, HARMLESS, manyModels, operations, type Names } from "./documents.js";
import { forAnyNames, HOSTILE } from "./hostile.js";

/** The tags of a page with their attributes, in order; texts in them are left out. */
function structureOf(html: string): string[] {
  const tags = html.match(/<[^>]*>/g) ?? [];
  // A column of numbers is set to the right, and a name may be one.
  return tags.map((tag) => tag.replace(/aria-label="[^"]*"/, "aria-label").replace(/ class="number"| number(?=")/, ""));
}

/** What a reader sees: entities decoded, spaces as a page shows them. */
function visible(html: string): string {
  const text = html.replace(/<style>[^]*<\/style>/, "").replace(/<[^>]*>/g, " ");
  return squeezed(text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ");
}

const all = (names: Names) => [...documents(names), ...operations(names)];
const HARMLESS_STRUCTURES = all(HARMLESS).map((document) => structureOf(toHtml(document)));

function expectSameStructure(names: Names): void {
  for (const [index, document] of all(names).entries()) {
    const html = toHtml(document);
    expect(structureOf(html), document.kind).toEqual(HARMLESS_STRUCTURES[index]);
    const shown = visible(html);
    const { model, label, text } = names;
    const isOperation = "steps" in document;
    // Feature sanity has no labels, and a command that acts may have no model.
    const shownNames = isOperation ? [text] : document.kind === "feature-sanity" ? [model, text] : [model, label, text];
    for (const name of shownNames) expect(shown, document.kind).toContain(squeezed(inertText(name)).trim());
  }
}

describe("a document with hostile names is the same page as one with harmless names", () => {
  test.each(HOSTILE)("%j", (name) => {
    expectSameStructure({ model: name, label: name, text: name });
  });

  test("any names", () => {
    forAnyNames(expectSameStructure, 50);
  });
});

describe.each(all(HARMLESS).map((document) => [document.kind, document] as const))("the page of %s", (_, document) => {
  const html = toHtml(document);

  test("has no script, no link, and nothing from elsewhere", () => {
    expect(html).not.toMatch(/<(script|link|iframe|img|object|embed|base|form|meta http-equiv="refresh)/i);
    expect(html).not.toMatch(/\s(src|href|style|on\w+)\s*=|url\(|@import|https?:/i);
  });

  test("permits its own style and nothing else", () => {
    expect(html.replaceAll("&#39;", "'")).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'">`,
    );
    expect(html.match(/<style>([^]*?)<\/style>/)?.[1]).toBe(STYLE);
  });

  test("has the verdict first, then the reasons", () => {
    const shown = visible(html.slice(html.indexOf("<main>")));
    expect(shown.trim().startsWith(document.verdict.toUpperCase())).toBe(true);
    if (document.reasons.length > 0) expect(shown.indexOf("Why")).toBeLessThan(shown.indexOf("digest"));
  });
});

test("the policy names the hash of the style", () => {
  expect(STYLE_HASH).toBe(`sha256-${createHash("sha256").update(STYLE).digest("base64")}`);
});

test("what is no document is refused", () => {
  for (const given of [null, undefined, 7, "x", {}, []])
    expect(() => toHtml(given as never)).toThrow(expect.objectContaining({ code: "invalid_option" }) as Error);
});

test("the page of a gate with 16 models is smaller than 300 kB", () => {
  expect(toHtml(manyModels(16)).length).toBeLessThan(300_000);
});
