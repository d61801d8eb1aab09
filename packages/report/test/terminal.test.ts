import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inertText } from "@qsc/contract";
import { toTerminal } from "../src/index.js";
import { documents, HARMLESS, type Names } from "./documents.js";
import { HOSTILE, hostile } from "./hostile.js";

const ACTING = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** The escape codes for bold, dim, green, red, yellow. */
const SGR = /\u001b\[(?:1|2|22|31|32|33|39)m/g;

const untrailed = (text: string): string => text.replace(/ +$/gm, "");

function expectInert(names: Names): void {
  const harmless = documents(HARMLESS);
  for (const [index, document] of documents(names).entries()) {
    const plain = toTerminal(document, { color: false });
    const colored = toTerminal(document, { color: true });
    expect(plain).not.toMatch(ACTING);
    // A blank last cell leaves spaces at the end of its line.
    expect(untrailed(colored.replace(SGR, ""))).toBe(untrailed(plain));
    // As many lines and colours as without any hostile name.
    const other = harmless[index]!;
    expect(plain.split("\n").length).toBe(toTerminal(other, { color: false }).split("\n").length);
    expect(colored.match(SGR)).toEqual(toTerminal(other, { color: true }).match(SGR));
  }
}

describe("nothing in a document controls the terminal", () => {
  test.each(HOSTILE)("%j", (name) => {
    expectInert({ model: name, label: name, text: name });
  });

  test("any names", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (model, label, text) => {
        fc.pre(label !== "SELL" && label !== "HOLD");
        expectInert({ model, label, text });
      }),
      { numRuns: 200 },
    );
  });
});

test("uses colour only with color: true", () => {
  for (const document of documents(HARMLESS)) {
    expect(toTerminal(document, { color: false })).not.toContain("\u001b");
    expect(toTerminal(document, { color: true })).toContain("\u001b[31m");
  }
});

describe("a table", () => {
  /** The lines of the table with this title. */
  function linesOf(names: Names): string[] {
    const text = toTerminal(documents(names)[0]!, { color: false });
    const lines = text.split("\n");
    const start = lines.indexOf("Models") + 1;
    return lines.slice(start, lines.indexOf("", start));
  }

  test("aligns its columns, with numbers on the right", () => {
    const [head = "", ...rows] = linesOf(HARMLESS);
    expect(rows).toHaveLength(2);
    for (const name of ["n", "BUY", "SELL", "mean", "std", "P10", "P90", "P95 ms"]) {
      const end = head.indexOf(` ${name} `) < 0 ? head.length : head.indexOf(` ${name} `) + name.length + 1;
      for (const row of rows) expect(row.slice(end - 1, end + 1)).toMatch(/^[\d%]( |$)|^s/);
    }
    expect(head.indexOf("verdict")).toBe(rows[0]?.indexOf("FAIL"));
    expect(head.indexOf("verdict")).toBe(rows[1]?.indexOf("PASS"));
  });

  test.each([
    ["wide characters", "日本語モデル", 12],
    ["combining marks", "e\u0301te\u0301", 3],
    ["emoji", "😀", 2],
    ["escapes", "\u001b[31m", 10],
  ])("aligns by the screen width of %s", (_, name, columns) => {
    const [head = "", first = "", second = ""] = linesOf({ ...HARMLESS, model: name });
    const shown = inertText(name);
    expect(first.indexOf("FAIL") - shown.length + columns).toBe(second.indexOf("PASS"));
    expect(head.indexOf("verdict")).toBe(second.indexOf("PASS"));
  });
});

describe("brief", () => {
  test("the verdict and its reasons, each line of use where only the last lines are seen", () => {
    const gate = documents(HARMLESS).find(({ kind }) => kind === "quality-gate");
    const text = toTerminal(
      { ...gate, verdict: "fail", exitCode: 2, reasons: ["one reason"], codes: ["violation"] } as never,
      { color: false, brief: true },
    );
    expect(text.split("\n")).toEqual([
      expect.stringMatching(/^FAIL {2}/),
      "Why",
      expect.stringContaining("one reason"),
      "",
    ]);
  });
});

describe("folded", () => {
  const gate = documents(HARMLESS).find((document) => document.kind === "quality-gate")!;
  const check = (id: string, status: "pass" | "violation" | "unknown") => ({
    ...gate.integrity[0]!,
    id,
    status,
    waived: false,
    reason: `${id} was found`,
  });
  const shown = (integrity: readonly unknown[], folded: boolean): string =>
    toTerminal({ ...gate, integrity } as never, { color: false, folded });

  test("what passes is one line that counts it", () => {
    const all = [check("clock_skew", "pass"), check("stream_gap", "pass")];
    expect(shown(all, true)).toContain("\nTelemetry  all 2 pass (--verbose shows them)\n");
    expect(shown(all, true)).not.toContain("clock_skew");
    expect(shown(all, false)).toContain("clock_skew");
    expect(shown(all, false)).not.toContain("--verbose");
  });

  test("what does not pass is shown whatever passes beside it", () => {
    const mixed = [check("clock_skew", "pass"), check("stream_gap", "violation"), check("mixed_build", "unknown")];
    const text = shown(mixed, true);
    expect(text).toMatch(/stream_gap +violation +stream_gap was found/);
    expect(text).toMatch(/mixed_build +unknown +mixed_build was found/);
    expect(text).toContain("\n  and 1 other passes (--verbose shows them)");
    expect(text).not.toContain("clock_skew was found");
  });
});

test("the verdict and its reasons come before everything else", () => {
  for (const document of documents(HARMLESS).filter(({ reasons }) => reasons.length > 0)) {
    const [headline = "", why = ""] = toTerminal(document, { color: false }).split("\n\n");
    expect(headline).toContain(`(exit ${document.exitCode})`);
    expect(why).toMatch(/^Why\n/);
  }
});

describe("the symbols of each model", () => {
  const documentOf = (kind: string) => documents(HARMLESS).find((document) => document.kind === kind);
  test.each(["quality-gate", "scoreboard", "diagnose"])("stand in a line and a table in a %s", (kind) => {
    const document = documentOf(kind);
    if (document === undefined) throw new Error(`there is no ${kind}`);
    const line =
      /^ {2}violation +xgboost: dead for nothing \(one confidence\); 1 passes; 1 with too few decisions to tell \(a frozen answer shows after 22\); unknown for 1, which unread entries may hide; unknown for 1 decision without a symbol; not tested: 7 decisions of further symbols$/m;
    const whole = toTerminal(document, { color: false });
    expect(whole).toMatch(/^Symbols$/m);
    expect(whole).toMatch(line);
    expect(whole).toMatch(/^Symbols of xgboost$/m);
    expect(whole).toMatch(/^ {2}nothing +dead: one confidence +82 .* 10\^21\.3 +10\^4\.5 +since decision 25$/m);
    const folded = toTerminal(document, { color: false, without: ["segments"] });
    expect(folded).toMatch(/^Symbols {2}\(--verbose shows each\)$/m);
    expect(folded).toMatch(line);
    expect(folded).not.toContain("Symbols of xgboost");
  });
});
