import { describeRequiring, requireCommands } from "@qsc-tooling/testkit";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundled } from "../../bundle.js";

/** Programs for both runtimes: each leaves what it found in `globalThis.found`. */
const PROGRAMS = {
  "@qsc/contract": `
    import { digestOf, isIntact, parseTime, sealed } from "@qsc/contract";
    const document = sealed({ verdict: "pass", name: "\\u00e4\\u{1f600}" });
    globalThis.found = [digestOf({ b: 1, a: [null, "x".repeat(200)] }), document.digest, isIntact(document), isIntact({ ...document, verdict: "fail" }), parseTime("2026-01-11T08:30:00Z")];`,
  "@qsc/stats": `
    import { Moments, psi } from "@qsc/stats";
    const moments = new Moments();
    for (let i = 0; i < 1000; i += 1) moments.add((i * 37) % 101);
    globalThis.found = [moments.mean, moments.variance, psi([10, 20, 30], [12, 18, 33]).toFixed(12)];`,
  "@qsc/violations": `
    import { DegeneracyDetector, judgePredictions } from "@qsc/violations";
    const predictions = Array.from({ length: 300 }, (_, i) => ({ label: i % 3 === 0 ? "cat" : "dog", confidence: 0.615 }));
    const { verdict, reasons } = await judgePredictions(predictions, { labels: { acting: ["cat", "dog"], abstaining: [] } });
    const detector = new DegeneracyDetector();
    for (let i = 0; i < 100; i += 1) detector.observe("cat", 0.5);
    globalThis.found = [verdict, reasons, detector.state, detector.recent];`,
  "@qsc/report": `
    import { sealed } from "@qsc/contract";
    import { toClosingLine, toJson, toMarkdown, toTerminal } from "@qsc/report";
    const document = sealed({ kind: "cutover", verdict: "pass" });
    const attempt = (render) => { try { return render(); } catch (error) { return [error.code, error.message]; } };
    globalThis.found = [toJson, toMarkdown, toClosingLine, (each) => toTerminal(each, { color: true })].map((render) => attempt(() => render(document)));`,
  "@qsc/fail-closed": `
    import { failClosed, loadModel, readWeights, vote } from "@qsc/fail-closed";
    const model = failClosed({ name: "m", labels: ["BUY", "SELL"], features: ["f"], predict: ({ data }) => ({ label: "BUY", confidence: data[0] }) });
    const seen = [];
    for (const f of [0.7, NaN, 7]) {
      const { status, reason = null, action = null, confidence = null } = await model.predict({ features: { f } });
      seen.push([status, reason, action, confidence]);
    }
    globalThis.found = seen;`,
} as const;

/** What only a runtime without files says. */
const FILES = `
  import { loadModel, readWeights } from "@qsc/fail-closed";
  const loaded = await loadModel("models/xgb.json", { runtime: { kind: "onnx", open: () => Promise.reject(new Error("not asked")) } });
  const { reason, error } = await loaded.predict({ features: {} });
  const weights = await readWeights("weights.json", ["a"]).catch(({ code, message }) => [code, message]);
  globalThis.found = [loaded.name, reason, error.message, weights];`;

describeRequiring(
  requireCommands("chromium"),
  "the libraries, bundled by esbuild and run in Chromium",
  (executablePath) => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    });
    afterAll(() => browser.close());

    async function foundInBrowser(code: string): Promise<unknown> {
      const { text } = await bundled(code, { platform: "browser" });
      const page = await browser.newPage();
      try {
        await page.goto("about:blank");
        // A module's top level await is awaited by the function that imports it.
        return await page.evaluate(
          `import(${JSON.stringify(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`)}).then(() => globalThis.found)`,
        );
      } finally {
        await page.close();
      }
    }

    async function foundInNode(code: string): Promise<unknown> {
      const { text } = await bundled(code, { platform: "node" });
      await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
      const { found } = globalThis as { found?: unknown };
      return JSON.parse(JSON.stringify(found)) as unknown;
    }

    test.each(Object.entries(PROGRAMS))("%s gives what it gives in Node", async (_, code) => {
      const found = await foundInBrowser(code);
      expect(found).toBeDefined();
      expect(found).toEqual(await foundInNode(code));
    });

    test("a model or weights from a file are refused with a code, and what to do", async () => {
      expect(await foundInBrowser(FILES)).toEqual([
        "xgb",
        "manifest_invalid",
        expect.stringContaining(
          "this runtime has no files, such as models/xgb.json; wrap a predictor with failClosed()",
        ),
        ["invalid_weights", expect.stringContaining("this runtime has no files")],
      ]);
    });
  },
);
