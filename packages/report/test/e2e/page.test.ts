import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sealed, type QscDocument } from "@qsc/contract";
import { describeRequiring, requireCommands, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toHtml } from "../../src/index.js";
import { documents, HARMLESS, manyModels, operations } from "../documents.js";

/** A gate in collection mode, which names no pass. */
function collections(): readonly QscDocument[] {
  return documents(HARMLESS).flatMap((document) =>
    document.kind === "quality-gate"
      ? [sealed({ ...document, mode: "collection" as const, verdict: "collected" as const, exitCode: 0 as const })]
      : [],
  );
}

const ALL: readonly QscDocument[] = [
  ...[...documents(HARMLESS), ...collections(), ...operations(HARMLESS)],
  manyModels(16),
];
const CASES = ALL.map((document, index) => [document.kind, index] as const);

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describeRequiring(requireCommands("chromium"), "a report in Chromium, without a network", (executablePath) => {
  let directory: TemporaryDirectory;
  let browser: Browser;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    await directory.remove();
  });

  async function opened(
    index: number,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<{ readonly page: Page; readonly requests: readonly string[]; readonly complaints: readonly string[] }> {
    const path = join(directory.path, `${index}.html`);
    const document = ALL[index];
    if (document === undefined) throw new Error(`there is no document ${index}`);
    await writeFile(path, toHtml(document));
    const context = await browser.newContext({ ...options, offline: true });
    const page = await context.newPage();
    const [requests, complaints]: [string[], string[]] = [[], []];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(path).href);
    return { page, requests, complaints };
  }

  test.each(CASES)("%s (%i) asks for nothing but itself, and complains of nothing", async (_, index) => {
    const { page, requests, complaints } = await opened(index);
    expect(requests).toEqual([page.url()]);
    expect(complaints).toEqual([]);
    // The style is permitted, so it applies.
    expect(await page.evaluate("getComputedStyle(document.querySelector('.word')).fontWeight")).toBe("700");
    await page.context().close();
  });

  test.each(
    CASES.flatMap(([kind, index]) => (["light", "dark"] as const).map((scheme) => [kind, index, scheme] as const)),
  )("axe finds nothing in %s (%i), %s", async (_, index, colorScheme) => {
    const { page } = await opened(index, { colorScheme });
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { axe: tool } = globalThis as unknown as {
        readonly axe: { run(): Promise<{ readonly violations: readonly Violation[] }> };
      };
      return (await tool.run()).violations.map(({ id, nodes }) => [id, nodes.slice(0, 2).map(({ html }) => html)]);
    });
    expect(found).toEqual([]);
    await page.context().close();
  });

  test.each(CASES)("%s (%i) fits a phone that is 360 px wide", async (_, index) => {
    const { page } = await opened(index, { viewport: { width: 360, height: 640 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    // The verdict, and why, without scrolling.
    const bottom = await page.evaluate("document.querySelector('header').getBoundingClientRect().bottom");
    expect(bottom).toBeLessThan(320);
    await page.context().close();
  });

  test("every kind of document that has a report is among these", () => {
    const kinds = ["quality-gate", "feature-sanity", "scoreboard", "diagnose", "activate", "monitor", "rollback"];
    const others = ["promote", "status", "deploy", "preflight"];
    expect(ALL.map(({ kind }) => kind as string)).toEqual(expect.arrayContaining([...kinds, ...others]));
    expect(ALL).toContainEqual(expect.objectContaining({ mode: "collection" }));
  });

  test("what passes is folded, and opens with the keyboard", async () => {
    const { page } = await opened(0);
    const summary = page.locator("summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.querySelector('details').open")).toBe(true);
    await page.context().close();
  });

  test.each(CASES)("%s (%i) is printed on a page of paper: no part of it is cut off or left out", async (_, index) => {
    // A4 at 96 dots an inch, less margins of 1 cm.
    const { page } = await opened(index, { viewport: { width: 718, height: 1047 } });
    await page.emulateMedia({ media: "print" });
    const found = await page.evaluate(`
      [...document.querySelectorAll(".wide, svg, header, dl")]
        .filter((each) => each.closest("details") === null)
        .flatMap((each) => {
          const { width, height, right } = each.getBoundingClientRect();
          const isCut = each.matches(".wide") && getComputedStyle(each).overflowX !== "visible";
          return width > 0 && height > 0 && !isCut && right <= innerWidth + 1 ? [] : [each.outerHTML.slice(0, 80)];
        })
    `);
    expect(found).toEqual([]);
    await page.context().close();
  });

  test("a report is printed as a document", async () => {
    const { page } = await opened(ALL.length - 1);
    const pdf = await page.pdf({ printBackground: false });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.context().close();
  });
});
