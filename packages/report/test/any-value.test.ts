import { QscError, type QscDocument } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inertJson, inertMarkdown, toHtml, toJson, toMarkdown, toTerminal } from "../src/index.js";
import { documents, HARMLESS } from "./documents.js";

const RENDERERS: Readonly<Record<string, (document: QscDocument) => string>> = {
  toJson,
  toHtml,
  toMarkdown,
  toTerminal: (document) => toTerminal(document, { color: false }),
};
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const value = fc.oneof(
  anything,
  fc.constantFrom<unknown>(null, undefined, true, "", "pass", Number.NaN, -1, Symbol("s"), 5n),
);

function refusalOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (thrown) {
    if (!(thrown instanceof QscError) || thrown.code !== "invalid_option") throw thrown;
    return thrown.message;
  }
}

/** A copy without the member at the path, or with another value there. */
function changed(whole: unknown, [at, ...rest]: readonly string[], by?: unknown): unknown {
  if (at === undefined || typeof whole !== "object" || whole === null) return by;
  if (Array.isArray(whole))
    return whole.map((each, index) => (String(index) === at ? changed(each, rest, by) : (each as unknown)));
  return { ...whole, [at]: changed((whole as Record<string, unknown>)[at], rest, by) };
}

describe.each(Object.entries(RENDERERS))("%s", (_, render) => {
  test("refuses anything that is not a document", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(refusalOf(() => render(given as QscDocument))).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [{ kind: "verdict" }, 'document.kind is "verdict"; it must be quality-gate or'],
    [{ kind: "quality-gate" }, "document.verdict is undefined"],
    [{ kind: "status" }, "document.verdict is undefined"],
    [[], "document is a list of 0"],
  ])("%j", (given, message) => {
    expect(refusalOf(() => render(given as unknown as QscDocument))).toContain(message);
  });

  test.each(documents(HARMLESS).map((document) => [document.kind, document] as const))(
    "a %s that lacks one of its parts is refused, or prints nothing undefined",
    (_kind, document) => {
      const paths = [
        ...Object.keys(document).map((key) => [key]),
        ["models", "0", "stats"],
        ["models", "0", "stats", "n"],
        ["integrity", "0", "status"],
        ["counts", "read"],
        ["features", "0", "n"],
      ];
      for (const path of paths) {
        const broken = changed(document, path) as QscDocument;
        if (refusalOf(() => render(broken)) === null)
          expect(render(broken), path.join(".")).not.toMatch(/undefined|NaN(?!\/)/);
      }
    },
  );

  test("any part of any type is shown, or refused with its name", () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents(HARMLESS)), fc.nat(40), value, (document, at, given) => {
        const keys = Object.keys(document);
        const key = keys[at % keys.length] ?? "kind";
        const refusal = refusalOf(() => render(changed(document, [key], given) as QscDocument));
        if (refusal !== null) expect(refusal).toMatch(new RegExp(`^document\\.${key}|value cannot be written`));
      }),
      { numRuns: 500 },
    );
  });
});

test("validates the terminal's options, texts and values", () => {
  const [document] = documents(HARMLESS);
  for (const options of [undefined, null, {}, { color: "yes" }, { color: true, colour: true }])
    expect(refusalOf(() => toTerminal(document as QscDocument, options as never))).toContain("options");
  for (const text of [undefined, null, 5, {}])
    expect(refusalOf(() => inertMarkdown(text as never))).toContain("text is");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (const given of [undefined, null, 5, "a", { n: 5n }, circle])
    expect(refusalOf(() => inertJson(given as never))).toContain("value");
});
