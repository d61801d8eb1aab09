// Takes the pictures of the console that the pages in docs show, in a real Chromium: run it after a build.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { digestOf } from "@qsc/contract";
import { seededTelemetry, temporaryDirectory, writeCanaryFiles, writeEventLog } from "@qsc-tooling/testkit";
import { chromium } from "playwright-core";

import { root } from "../bootstrap/root.js";

const UNIT = "quantum-ai-engine.service";
const MODELS = ["xgboost", "lightgbm", "nhits", "patchtst"];

/** @type {readonly { path: string, phase: "canary" | "baseline", width: number, height: number, colorScheme: "light" | "dark" }[]} */
const PICTURES = [
  { path: "docs/console-watch.png", phase: "canary", width: 900, height: 900, colorScheme: "light" },
  { path: "docs/console-rolled-back.png", phase: "baseline", width: 900, height: 620, colorScheme: "dark" },
  { path: "docs/console-phone.png", phase: "canary", width: 360, height: 640, colorScheme: "light" },
];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const picture of PICTURES) await take(picture);
} finally {
  await browser.close();
}

/** @param {(typeof PICTURES)[number]} picture */
async function take({ path, phase, width, height, colorScheme }) {
  const home = await temporaryDirectory();
  const log = join(home.path, "log.ndjson");
  await writeFilesOf(home.path, log, phase);
  const { child, url } = await consoleOf(home.path, log);
  try {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(url);
    const decided = seededTelemetry({ seed: 3, count: 1, startMs: Date.now() });
    await writeEventLog(log, decided.entries);
    await page.locator("#models tbody tr").nth(3).waitFor();
    await page.locator("#canaries tbody tr").first().waitFor();
    writeFileSync(join(root, path), await page.screenshot({ type: "png" }));
    await page.close();
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
    await home.remove();
  }
}

/** @param {string} workdir @param {string} log @param {"canary" | "baseline"} phase */
async function writeFilesOf(workdir, log, phase) {
  await writeEventLog(log, []);
  await writeCanaryFiles(workdir, { unit: UNIT, digestOf, nowMs: Date.now(), models: MODELS, phase, past: 4 });
}

/** @param {string} workdir @param {string} log */
async function consoleOf(workdir, log) {
  const program = join(root, "apps/qsc/bin/qsc.js");
  const listen = ["--console-listen", "127.0.0.1:0", "--source", `file:${log}`];
  const child = spawn(process.execPath, [program, "console", "--workdir", workdir, "--unit", UNIT, ...listen], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  for await (const text of child.stderr.setEncoding("utf8")) {
    said += String(text);
    const [url] = /http:\/\/\S+\//.exec(said) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`the console has ended: ${said}`);
}
