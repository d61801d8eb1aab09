import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
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

/** What promtool has to say of metrics: nothing. */
async function promtool(text: string): Promise<void> {
  const child = spawn("promtool", ["check", "metrics"]);
  child.stdin.end(text);
  const [said] = await Promise.all([textOf(child.stderr), once(child, "close")]);
  expect(said).toBe("");
}

/** The file says how the command has left the canary. */
async function endsWithRollback(path: string): Promise<void> {
  const text = await readFile(path, "utf8");
  expect(text).toContain('qsc_canary_phase{phase="baseline"} 1\n');
  expect(text).toContain('qsc_rollbacks_total{outcome="proven"} 1\n');
  expect(text).not.toContain("qsc_canary_last_judgement_timestamp_seconds");
  await promtool(text);
}

describeRequiring(requireSystemd(), "a page that shows a canary", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    describeRequiring(requireCommands("chromium", "promtool"), "in a real Chromium", (executablePath) => {
      let host: CanaryHost;
      let browser: Browser;
      let server: RunningConsole;
      let page: Page;
      let metricsFile: string;
      const complaints: string[] = [];
      beforeAll(async () => {
        host = await CanaryHost.start({
          engine: { kind: "scripted", rate: 200, seed: 20_261_130 },
          redis: { persistent: true },
        });
        browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
        const { workdir, unit, redis } = host;
        metricsFile = join(workdir, "qsc.prom");
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
        const running = host.startQsc("monitor", "--window", WINDOW, "--metrics-file", metricsFile);
        await watched(host, 300);
        await page.locator("#facts", { hasText: /last judgement\d+ s ago/ }).waitFor(PATIENCE);
        await page.locator("#models tr", { hasText: MODEL }).filter({ hasText: "10 %" }).waitFor(PATIENCE);
        expect(await page.locator("#text").textContent()).toBe(
          `${MODEL} at 10 % of the vote, and it is being watched.`,
        );
        await host.until("the file with a judgement", async () =>
          (await readFile(metricsFile, "utf8").catch(() => "")).includes(
            "qsc_canary_last_judgement_timestamp_seconds ",
          ),
        );
        const [ofConsole, ofWatch] = [
          await (await fetch(`${server.url}metrics`)).text(),
          await readFile(metricsFile, "utf8"),
        ];
        for (const text of [ofConsole, ofWatch]) {
          expect(text).toContain('qsc_canary_phase{phase="canary"} 1\n');
          expect(text).toContain(`qsc_canary_share_ratio{model="${MODEL}"} 0.1\n`);
          expect(text).toContain("qsc_telemetry_up 1\n");
          expect(text).toMatch(/qsc_canary_worst_margin_ratio\{model="\w+",check="\w+"\} -?0\.\d+\n/);
          await promtool(text);
        }
        // Only the watch runs where systemd can be asked.
        expect(ofWatch).toContain("qsc_dead_man_armed 1\n");
        expect(ofConsole).toMatch(/qsc_model_latency_seconds_count\{model="patchtst"\} [1-9]/);
        await host.tell("action_collapse");
        await reads("ROLLED BACK");
        expect(await page.locator("#text").textContent()).toContain("action_collapse");
        const document = await ran<MonitorDocument>(running.ended);
        expect(document).toMatchObject({ code: 2, outcome: "rolled_back" });
        await host.tell(null);
        await endsWithRollback(metricsFile);
        const row = page.locator("#canaries tbody tr").first();
        await row.locator("a", { hasText: "html" }).last().waitFor(PATIENCE);
        expect(await row.textContent()).toContain("rolled back");
        expect(complaints).toEqual([]);
      });

      test("a source that goes away and comes back, while the watch lives on", async () => {
        await activated(host);
        const running = host.startQsc(
          "monitor",
          "--window",
          WINDOW,
          "--metrics-file",
          join(host.workdir, "none/qsc.prom"),
        );
        await watched(host, 300);
        await reads("CANARY");
        await host.redis.kill();
        await reads("OUTAGE");
        await host.redis.restart();
        await reads("CANARY");
        // A file that cannot be written is said, and harms nothing.
        expect(running.err()).toContain("The metrics are not written to");
        await host.signal(running, "KILL");
        await running.ended;
      });

      test("a monitor that dies: not judged, and then rolled back by the dead-man", async () => {
        // How long it is seen as not judged depends on when the dead-man looks.
        await page.locator("#headline.bad .word").waitFor(PATIENCE);
        await reads("ROLLED BACK");
        expect(await page.locator("#text").textContent()).toContain("unmonitored");
      });
    });
  });
});
