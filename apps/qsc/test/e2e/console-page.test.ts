import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "@qsc/contract";
import {
  describeRequiring,
  requireCommands,
  seededTelemetry,
  temporaryDirectory,
  writeCanaryFiles,
  writeEventLog,
  type CanaryFiles,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startConsole, type RunningConsole } from "./support/console.js";

const UNIT = "engine.service";
const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];
/** Names that a page must only display. No telemetry may carry them, but a file may have been changed. */
const SCRIPT = "<script>document.title='owned'</script>";
const IMAGE = "<img src=x onerror=\"document.title='owned'\">";

describeRequiring(requireCommands("chromium"), "the console's page in Chromium", (executablePath) => {
  let home: TemporaryDirectory;
  let browser: Browser;
  let server: RunningConsole;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    home = await temporaryDirectory();
    complaints.length = 0;
    const { entries } = seededTelemetry({ count: 3, startMs: Date.now() - 60_000 });
    await writeEventLog(join(home.path, "log.ndjson"), entries);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server.stop();
    await home.remove();
  });

  const files = (changes: Partial<CanaryFiles> = {}): Promise<void> =>
    writeCanaryFiles(home.path, {
      unit: UNIT,
      digestOf,
      nowMs: Date.now(),
      models: MODELS,
      phase: "canary",
      past: 3,
      ...changes,
    });
  const served = async (listen?: string): Promise<void> => {
    const source = `file:${join(home.path, "log.ndjson")}`;
    const args = ["--workdir", home.path, "--unit", UNIT, "--source", source, "--services", `child:${home.path}`];
    server = await startConsole(args, listen === undefined ? {} : { listen });
  };
  const opened = async (options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.locator("#link", { hasText: "Connected" }).waitFor();
    return page;
  };
  const reads = (page: Page, word: string): Promise<void> =>
    page.locator("#headline .word", { hasText: new RegExp(`^${word}$`) }).waitFor();

  test("a hostile name is displayed, and does nothing", async () => {
    await files({ models: [IMAGE, `${SCRIPT}\u202e"'`], phase: "rolling_back", reason: `${IMAGE}${SCRIPT}` });
    await served();
    const page = await opened();
    await reads(page, "ROLLING BACK");
    expect(await page.locator("#text").textContent()).toContain(`${IMAGE}${SCRIPT}`);
    await page.locator("#figures th", { hasText: IMAGE }).first().waitFor();
    await page.locator("#canaries td", { hasText: SCRIPT }).first().waitFor();
    await page.locator("#audit td", { hasText: SCRIPT }).first().waitFor();
    expect(await page.evaluate("document.images.length + document.scripts.length")).toBe(1);
    expect(await page.title()).toBe(`QSC console: ${UNIT}`);
    expect(complaints).toEqual([]);
  });

  const SIGHTS: readonly (readonly [string, Partial<CanaryFiles>, string])[] = [
    ["a healthy watch", {}, "CANARY"],
    ["a rollback", { phase: "rolling_back", margin: -0.1 }, "ROLLING BACK"],
    ["a canary that was rolled back", { phase: "baseline" }, "ROLLED BACK"],
    ["a watch that does not judge", { judgedAgoMs: 50_000 }, "NOT JUDGED"],
  ];

  test.each(SIGHTS.flatMap((sight) => (["light", "dark"] as const).map((scheme) => [...sight, scheme] as const)))(
    "axe finds nothing in %s (%#)",
    async (_, changes, word, colorScheme) => {
      await files(changes);
      await served();
      const page = await opened({ colorScheme });
      await reads(page, word);
      await page.locator("#canaries tbody tr").first().waitFor();
      // The page's own policy keeps out what a test adds to it, unless it comes from the debugger.
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        interface Found {
          readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
        }
        const { axe: tool } = globalThis as unknown as { readonly axe: { run(): Promise<Found> } };
        return (await tool.run()).violations.map(({ id, nodes }) => [id, nodes.slice(0, 2).map(({ html }) => html)]);
      });
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  test("fits a phone that is 360 px wide, and the verdict is on its first screen", async () => {
    await files();
    await served();
    const page = await opened({ viewport: { width: 360, height: 640 } });
    await reads(page, "CANARY");
    await page.locator("#canaries tbody tr").first().waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    expect(await page.evaluate("document.querySelector('header').getBoundingClientRect().bottom")).toBeLessThan(320);
  });

  test("works without the mouse, and keeps the reader's place while it changes", async () => {
    await files({ past: 120 });
    await served();
    const page = await opened();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the watch");
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).hash).toBe("#watch");
    await page.locator("#canaries tbody tr").nth(49).waitFor();
    const more = page.locator("#canaries button");
    await more.focus();
    await page.keyboard.press("Enter");
    await page.locator("#canaries tbody tr").nth(99).waitFor();
    const summary = page.locator("#figures summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    await files({ past: 120, judgedAgoMs: 0, margin: 0.1 });
    await page.locator("#facts", { hasText: "10 % from it" }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
    expect(await page.evaluate("document.querySelector('#figures details').open")).toBe(true);
  });

  test("a report that was changed into a page with a script runs none", async () => {
    await files();
    const name = "rollback_20261130_120000.html";
    const html = `<p>report</p>${SCRIPT}${IMAGE}<form action=/metrics><button>send</button></form>`;
    await writeFile(join(home.path, "reports/safety", name), html);
    await served();
    const page = await opened();
    await page.goto(`${server.url}reports/${name}`);
    await page.locator("p", { hasText: "report" }).waitFor();
    expect(await page.title()).toBe("");
    await page.locator("button").click();
    expect(page.url()).toContain(name);
  });

  test("every browser that looks sees a change", async () => {
    await files();
    await served();
    const pages = [await opened(), await opened(), await opened()];
    for (const page of pages) await reads(page, "CANARY");
    await files({ phase: "rolling_back" });
    for (const page of pages) await reads(page, "ROLLING BACK");
  });

  test("says plainly that it is disconnected, and goes on by itself when the console is back", async () => {
    await files();
    await served();
    const page = await opened();
    await reads(page, "CANARY");
    const { port } = new URL(server.url);
    server.child.kill("SIGKILL");
    await page.locator("#link", { hasText: "DISCONNECTED since" }).waitFor();
    // What is shown is still from then.
    await files({ phase: "rolling_back" });
    await reads(page, "CANARY");
    await served(`127.0.0.1:${port}`);
    await page.locator("#link", { hasText: "Connected" }).waitFor();
    await reads(page, "ROLLING BACK");
  });

  test("a thousand reports are listed without being read, and a state that cannot be trusted is unknown", async () => {
    await files({ past: 1000 });
    await served();
    const page = await opened();
    await page.locator("#reports .note", { hasText: "The newest 50 of 1000." }).waitFor();
    await writeFile(join(home.path, "data/qsc_canary_state.json"), "{");
    await reads(page, "UNKNOWN");
    expect(await page.locator("#text").textContent()).toContain("is not JSON");
  });

  test("a source that goes away is said, and a directory without a canary is not called a baseline", async () => {
    await served();
    const page = await opened();
    await reads(page, "NOTHING RECORDED");
    await server.stop();
    await page.context().close();
    await files();
    server = await startConsole(["--workdir", home.path, "--unit", UNIT, "--source", "redis://127.0.0.1:1"]);
    const other = await opened();
    await reads(other, "OUTAGE");
    await other.locator("#notices", { hasText: "Connection refused at redis://127.0.0.1:1" }).waitFor();
  });
});
