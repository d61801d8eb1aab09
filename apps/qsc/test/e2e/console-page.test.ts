import { readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, type Canary, type Policy } from "@qsc/contract";
import { DEFAULT_POLICY, EntryMonitor } from "@qsc/violations";
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
  /** Gives the state what a watch keeps of two symbols, for one of which the canary says the same each time. */
  const withSegments = async (policy: Policy): Promise<void> => {
    const path = join(home.path, "data/qsc_canary_state.json");
    const state = JSON.parse(await readFile(path, "utf8")) as { readonly canary: Canary };
    const { models } = state.canary;
    const monitor = new EntryMonitor({
      policy,
      models: Object.keys(models),
      baselines: new Map(Object.entries(models)),
    });
    for (let index = 0; index < 400; index += 1) {
      const symbol = index % 2 === 0 ? "LIVE" : "DEAD<b>";
      const isDead = (model: string): boolean => model === "patchtst" && symbol !== "LIVE";
      const readings = MODELS.map((model, at) => ({
        ...{ model, nonPrediction: null, voted: true, latencyMs: 5, artifactSha256: null },
        action: isDead(model) ? "BUY" : (["BUY", "SELL", "HOLD"][(index + at) % 3] ?? "BUY"),
        confidence: isDead(model) ? 0.7 : 0.5 + ((index * 7 + at) % 40) / 100,
      }));
      monitor.take(readings, { ms: index * 1000, symbol });
    }
    const canary = { ...state.canary, policyHash: digestOf(policy) };
    await writeFile(`${path}.new`, JSON.stringify({ ...state, canary, evidence: monitor.state() }));
    await rename(`${path}.new`, path);
  };
  const reads = (page: Page, word: string): Promise<void> =>
    page.locator("#headline .word", { hasText: new RegExp(`^${word}$`) }).waitFor();

  /** What axe-core has to say of the page. */
  const axeFinds = async (page: Page): Promise<readonly unknown[]> => {
    // The page's own policy keeps out what a test adds to it, unless it comes from the debugger.
    await page.evaluate(axe.source);
    return await page.evaluate(async () => {
      interface Found {
        readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
      }
      const { axe: tool } = globalThis as unknown as { readonly axe: { run(): Promise<Found> } };
      return (await tool.run()).violations.map(({ id, nodes }) => [id, nodes.slice(0, 2).map(({ html }) => html)]);
    });
  };

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
      expect(await axeFinds(page)).toEqual([]);
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

  test("lists that cannot be told again say that they are old, and are told as soon as they can be", async () => {
    await files({ past: 3 });
    await served();
    const page = await opened();
    await page.locator("#audit .note", { hasText: "The newest 7 of 7." }).waitFor();
    // What a console says whose own request fails inside.
    await page.route("**/past.json", (route) => route.fulfill({ status: 500, body: "The console failed here" }));
    await files({ past: 5 });
    for (const id of ["#canaries", "#reports", "#audit"])
      await page.locator(`${id} .notice`, { hasText: /^OLD: this is from .*Z, .* it answered 500\.$/ }).waitFor();
    expect(await page.locator("#audit .note").textContent()).toBe("The newest 7 of 7.");
    await page.unroute("**/past.json");
    await page.locator("#audit .note", { hasText: "The newest 11 of 11." }).waitFor();
    expect(await page.locator(".notice", { hasText: "OLD" }).count()).toBe(0);
  });

  test("a console that comes back with other lists shows them", async () => {
    await files({ past: 3 });
    await served();
    const page = await opened();
    await page.locator("#audit .note", { hasText: "The newest 7 of 7." }).waitFor();
    const { port } = new URL(server.url);
    server.child.kill("SIGKILL");
    await page.locator("#link", { hasText: "DISCONNECTED since" }).waitFor();
    await files({ past: 5 });
    await served(`127.0.0.1:${port}`);
    await page.locator("#audit .note", { hasText: "The newest 11 of 11." }).waitFor();
  });

  test("reports that cannot be listed, and a log that cannot be relied on, are said where they are missing", async () => {
    await files({ past: 3 });
    await rename(join(home.path, "reports/safety"), join(home.path, "elsewhere"));
    await symlink(join(home.path, "elsewhere"), join(home.path, "reports/safety"));
    await served();
    const page = await opened();
    await page.locator("#reports .notice", { hasText: "The reports cannot be listed" }).waitFor();
    expect(await page.locator("#reports .note").textContent()).toBe("");
    await writeFile(join(home.path, "logs/qsc_canary.jsonl"), "nothing\nof this\n");
    for (const id of ["#canaries", "#audit"])
      await page.locator(`${id} .notice`, { hasText: "The audit log is not reliable" }).waitFor();
    expect(await page.locator("#audit .note").textContent()).toBe("");
  });

  test("shows how each model answers for each symbol, the one that it is dead for first", async () => {
    await files();
    await withSegments(DEFAULT_POLICY);
    await served();
    const page = await opened();
    const rows = page.locator("#segments tbody tr");
    await rows.first().waitFor();
    expect(await rows.first().textContent()).toMatch(/^DEAD<b>patchtstdead: one confidence/);
    expect(await rows.count()).toBe(8);
    expect(await page.locator("#segments").textContent()).toContain("For information alone: no symbol ends the watch.");
    expect(await axeFinds(page)).toEqual([]);
    await page.locator("#segments .bad", { hasText: "patchtst: dead for DEAD<b> (one confidence)" }).waitFor();
    await withSegments({ ...DEFAULT_POLICY, segments: { by: "symbol" } });
    await page.locator("#segments .notice", { hasText: "the watch has another policy" }).waitFor();
    expect(await rows.count()).toBe(0);
    expect(complaints).toEqual([]);
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
