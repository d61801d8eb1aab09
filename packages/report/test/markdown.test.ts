import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { inertText } from "@qsc/contract";
import { inertMarkdown, toMarkdown } from "../src/index.js";
import { documents, HARMLESS, type Names } from "./documents.js";
import { forAnyNames, HOSTILE, hostile } from "./hostile.js";

// Every feature that a renderer can enable is on: escaping must not depend on an option.
const renderer = new MarkdownIt({ html: true, linkify: true, breaks: true });
renderer.linkify.set({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: true });

/** The tags of rendered Markdown with their attributes, in order. */
function structureOf(html: string): string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

/** What a reader sees: entities decoded, spaces as a page shows them. */
function visible(html: string): string {
  const text = html.replace(/<[^>]*>/g, "");
  const decoded = text.replace(
    /&(lt|gt|quot|amp);/g,
    (_, name: string) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name] ?? "",
  );
  return squeezed(decoded);
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ");
}

const HARMLESS_STRUCTURES = documents(HARMLESS).map((document) => structureOf(renderer.render(toMarkdown(document))));

function expectSameStructure(names: Names): void {
  for (const [index, document] of documents(names).entries()) {
    const html = renderer.render(toMarkdown(document));
    expect(structureOf(html), document.kind).toEqual(HARMLESS_STRUCTURES[index]);
    const shown = visible(html);
    // Feature sanity has no labels.
    const shownNames = document.kind === "feature-sanity" ? [names.model, names.text] : Object.values(names);
    for (const name of shownNames) expect(shown, document.kind).toContain(squeezed(inertText(name)).trim());
  }
}

test("the renderer does interpret text that is not escaped", () => {
  const acting = HOSTILE.filter((text) => structureOf(renderer.render(`x ${text}`)).length > 2);
  expect(acting.length).toBeGreaterThan(30);
  expect(acting).toEqual(
    expect.arrayContaining(["evil.com", "1.2.3.4", "//localhost", "a@evil.com", "<b>x</b>", "*a*", "`a`"]),
  );
});

describe("a document with hostile names renders to the same elements as one with harmless names", () => {
  test.each(HOSTILE)("%j", (name) => {
    expectSameStructure({ model: name, label: name, text: name });
  });

  test("any names", () => {
    forAnyNames(expectSameStructure, 100);
  });
});

describe("inertMarkdown alone", () => {
  const places: readonly (readonly [string, (text: string) => string])[] = [
    ["a paragraph", (text) => `x ${text}`],
    ["the start of a paragraph", (text) => text],
    ["a heading", (text) => `## ${text}`],
    ["an item of a list", (text) => `- ${text}`],
    ["a quotation", (text) => `> ${text}`],
    ["a cell", (text) => `| ${text} | ${text} |\n| --- | --- |\n| ${text} | ${text} |`],
    ["strong text", (text) => `x **a${text}b** x`],
    ["the line after a paragraph", (text) => `x\n${text}`],
  ];

  test.each(places)("shows the text and adds no element in %s", (_, place) => {
    const plain = structureOf(renderer.render(place("x")));
    fc.assert(
      fc.property(
        hostile.filter((text) => text !== ""),
        (text) => {
          const html = renderer.render(place(inertMarkdown(text)));
          expect(structureOf(html)).toEqual(plain);
          expect(visible(html)).toContain(squeezed(inertText(text)).trim());
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is one line that no later escaping can split", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(inertMarkdown(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test("leaves words, numbers and times unchanged", () => {
    for (const text of [
      "std is 0.175875; violated below 0.01",
      "2026-01-11T08:30:00.000Z",
      "330 read, 7 rejected (2.06 %)",
      "12 -> 330",
      "action_collapse: share of BUY is 71 %; see R&D",
    ]) {
      expect(inertMarkdown(text)).toBe(text);
    }
  });
});
