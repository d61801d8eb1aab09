import type { MonitorDocument } from "@qsc/contract";
import { CanaryHost, describeRequiring, requireCommands, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startConsole, type RunningConsole } from "../support/console.js";
import { activated, MODEL, ran, watched } from "./support/life.js";

/** The number of judged entries: small, so that a fault fills it soon. */
const WINDOW = "400";
/** Ends a wait that is in vain. */
const PATIENCE = { timeout: 240_000 };

describeRequiring(requireSystemd(), "a page that shows a canary", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    describeRequiring(requireCommands("chromium"), "in a real Chromium", (executablePath) => {
      let host: CanaryHost;
      let browser: Browser;
      let server: RunningConsole;
      let page: Page;
      const complaints: string[] = [];
      beforeAll(async () => {
        host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_261_130 } });
        browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
        const { workdir, unit, redis } = host;
        server = await startConsole(["--workdir", workdir, "--unit", unit, "--source", redis.url]);
        page = await browser.newPage();
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(error.message));
        await page.goto(server.url);
      });
      afterAll(async () => {
        await browser.close();
        await server.stop();
        await host[Symbol.asyncDispose]();
      });

      const reads = async (word: string): Promise<void> => {
        await page.locator("#headline .word", { hasText: new RegExp(`^${word}$`) }).waitFor(PATIENCE);
      };

      test("a healthy watch, a violation that arrives while one looks, and what is left of it", async () => {
        await reads("NOTHING RECORDED");
        await activated(host);
        await reads("CANARY");
        const running = host.startQsc("monitor", "--window", WINDOW);
        await watched(host, 300);
        await page.locator("#facts", { hasText: /last judgement\d+ s ago/ }).waitFor(PATIENCE);
        await page.locator("#models tr", { hasText: MODEL }).filter({ hasText: "10 %" }).waitFor(PATIENCE);
        expect(await page.locator("#text").textContent()).toBe(
          `${MODEL} at 10 % of the vote, and it is being watched.`,
        );
        await host.tell("action_collapse");
        await reads("ROLLED BACK");
        expect(await page.locator("#text").textContent()).toContain("action_collapse");
        const document = await ran<MonitorDocument>(running.ended);
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        await host.tell(null);
        const row = page.locator("#canaries tbody tr").first();
        await row.locator("a", { hasText: "html" }).last().waitFor(PATIENCE);
        expect(await row.textContent()).toContain("rolled back");
        expect(complaints).toEqual([]);
      });
    });
  });
});
