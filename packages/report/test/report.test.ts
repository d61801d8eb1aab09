import { sealed, type GateDocument, type QscDocument, type Verdict } from "@qsc/contract";
import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { toMarkdown, toTerminal } from "../src/index.js";
import { outline } from "../src/outline.js";
import { check, documents, HARMLESS, model } from "./documents.js";

const renderers = {
  terminal: (document: QscDocument): string => toTerminal(document, { color: false }),
  Markdown: (document: QscDocument): string => plain(toMarkdown(document)),
};

/** What a reader of the rendered Markdown sees, one line for each row, item and heading. */
function plain(markdown: string): string {
  const html = new MarkdownIt()
    .render(markdown)
    .replace(/<\/(tr|li|h\d)>/g, "\n")
    .replace(/<\/t[dh]>\n?/g, " ");
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&gt;/g, ">")
    .replace(/&lt;/g, "<")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
}

const words = (text: string): string => text.replace(/\s+/g, " ").trim();
const gate = documents(HARMLESS)[0] as GateDocument;

describe.each(Object.entries(renderers))("in %s", (_, render) => {
  test.each(documents(HARMLESS).map((document) => [document.kind, document] as const))(
    "the report of a %s contains its whole outline, in order",
    (_kind, document) => {
      const shown = words(render(document));
      let from = 0;
      const expectNext = (text: string): void => {
        const at = shown.indexOf(words(text), from);
        expect(at, `'${text}' after ${shown.slice(Math.max(0, from - 60), from)}`).toBeGreaterThanOrEqual(0);
        from = at;
      };
      for (const block of outline(document)) {
        if (block.kind === "headline") [block.word, block.text].forEach(expectNext);
        else if (block.kind === "facts") block.rows.flat().forEach(expectNext);
        else if (block.kind === "table")
          [block.title, ...block.head, ...block.rows.flat().map(({ text }) => text)].forEach(expectNext);
        else [block.title, ...block.items.flatMap(({ label, text }) => [label, text])].forEach(expectNext);
      }
    },
  );

  test.each([
    ["pass", 0],
    ["fail", 2],
    ["unknown", 2],
    ["collected", 3],
  ] as const)("the first line says %s and exit %d", (verdict, exitCode) => {
    const [first = ""] = render({ ...gate, verdict, exitCode, reasons: [] }).split("\n");
    expect(first).toContain(verdict.toUpperCase());
    expect(first).toContain(`(exit ${exitCode})`);
    expect(first).toContain("quality gate, canary mode, shadow xgboost");
  });

  test("names every check that did not pass, with its reason and model", () => {
    const checks = (["violation", "unknown"] as const).flatMap((status) =>
      [0, 100].map((n) => check({ id: `own_${status}_${n}`, status, n, reason: `${status} because of ${n}` })),
    );
    const verdict: Verdict = "fail";
    const shown = words(render({ ...gate, models: [{ ...model(HARMLESS), verdict, checks: [check(), ...checks] }] }));
    for (const { id, status, n, reason } of checks) {
      expect(shown).toContain(id);
      if (status === "violation" || n > 0) expect(shown).toContain(`${status} ${id} ${reason}`);
    }
    expect(shown).not.toContain("constant_output");
  });

  test("names every check of the telemetry, those that did not pass first", () => {
    const shown = render(gate);
    const at = gate.integrity.map(({ id }) => shown.lastIndexOf(id));
    expect(Math.min(...at)).toBeGreaterThan(0);
    expect(shown.lastIndexOf("rejected_events")).toBeLessThan(shown.lastIndexOf("duplicate_events"));
  });

  test("shows the table of deltas when there are deltas", () => {
    const title = "Before the cutover and after";
    const shown = words(render(gate));
    expect(shown).toContain(title);
    expect(shown).toContain("xgboost 12 -> 330 +0.00 pp +0.00 pp +0.00 pp - -> 0.175875 - +0.000000");
    expect(render({ ...gate, deltas: null })).not.toContain(title);
  });

  test("lists rejected entries with count, reason and where to look", () => {
    const shown = words(render(gate));
    expect(shown).toContain("5 x unreadable_json nothing; see 1763818338282-0, nothing");
    expect(shown).toMatch(/2 x invalid_model_name nothing(?!; see)/);
    expect(render({ ...gate, rejected: [] })).not.toContain("Rejected entries");
  });

  test("says how a shadow compares with another model", () => {
    expect(words(render(gate))).toContain(
      "they differ, proven since decision 290: evidence 10^2.3, and 10^2.0 is conclusive; 311 of 330 common decisions compared, the same label in 61.43 %",
    );
    const { comparison, shadow, ...plain } = gate;
    expect([comparison?.result, shadow]).toEqual(["different", true]);
    expect(words(render(plain))).toContain("quality gate, canary mode, model xgboost");
    expect(words(render(plain))).not.toContain("compared with");
  });

  test("says why, how often and where first a model did not vote", () => {
    expect(words(render(gate))).toContain("4 x nothing, first nothing");
  });
});

test("reports of a scoreboard and a diagnosis name the model that was judged as a shadow", () => {
  const found = documents(HARMLESS).filter((one) => one.kind === "scoreboard" || one.kind === "diagnose");
  const titles = found.map((document) => words(toMarkdown(document).split("\n")[0] ?? ""));
  expect(titles).toEqual([
    expect.stringContaining("scoreboard, xgboost as a shadow"),
    expect.stringContaining("diagnosis, xgboost as a shadow"),
  ]);
  const unnamed = found.map(({ shadow, ...rest }) => (expect(shadow).toBe("xgboost"), words(toMarkdown(rest))));
  expect(unnamed.join()).not.toContain("as a shadow");
});

test("the report of an activation says whether the model was judged as a shadow", () => {
  const activation = {
    kind: "activate" as const,
    verdict: "pass" as const,
    exitCode: 0 as const,
    reasons: [],
    warnings: [],
    judgedAt: "2026-01-11T08:30:00.000Z",
    unit: "engine.service",
    services: "systemd (system)",
    source: null,
    stream: null,
    host: "h",
    toolVersion: "1",
    audit: null,
    steps: [],
    model: "xgboost",
    dryRun: false,
    weights: { before: null, after: null },
    dropIn: null,
    rollbackCommand: "qsc rollback",
    cutover: null,
    gate,
  };
  const said = "xgboost, judged as a shadow by its answers without a vote";
  expect(words(toMarkdown(sealed(activation)))).toContain(said);
  expect(words(toMarkdown(sealed({ ...activation, gate: null })))).not.toContain(said);
});

test("every row of a Markdown table has as many cells as its header", () => {
  for (const document of documents(HARMLESS)) {
    const lines = toMarkdown(document).split("\n");
    for (const [index, line] of lines.entries()) {
      if (line.startsWith("|") && lines[index - 1]?.startsWith("|") === true) {
        expect(line.split("|").length).toBe(lines[index - 1]?.split("|").length);
      }
    }
  }
});
