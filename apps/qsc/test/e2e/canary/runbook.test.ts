import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  ActivateDocument,
  AuditDocument,
  CutoverDocument,
  GateDocument,
  HistoryDocument,
  MonitorDocument,
  PromoteDocument,
  RollbackDocument,
  StatusDocument,
} from "@qsc/contract";
import { CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectNoTrace } from "./support/baseline.js";
import { MODEL, ran } from "./support/life.js";

const EQUAL = { xgb: 0.25, patchtst: 0.25, nhits: 0.25, dlinear: 0.25 };
/** The watch of each share: long enough for the decisions that it must judge. */
const WATCH = ["--duration", "6s", "--interval", "1s"];

describeRequiring(requireSystemd(), "the runbook, with the reference engine and its four models", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    let cutover = "";
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "real", rate: 80 } });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test("cutover: 0, the start of the unit's process", async () => {
      const document = await ran<CutoverDocument>(host.qsc("cutover"));
      expect(document).toMatchObject({ code: 0, kind: "cutover", exitCode: 0 });
      cutover = document.cutover ?? "";
      const { stdout } = await host.systemd.run(
        "systemctl",
        "show",
        "--timestamp=unix",
        "-p",
        "ExecMainStartTimestamp",
        host.unit,
      );
      expect(stdout.trim()).toBe(`ExecMainStartTimestamp=@${Math.floor(Date.parse(cutover) / 1000)}`);
    });

    test("quality-gate --mode collection: 3, once there is enough", async () => {
      const run = await host.qsc("quality-gate", "--mode", "collection", "--after", cutover, "--wait");
      expect({ ...(JSON.parse(run.out) as GateDocument), code: run.code }).toMatchObject({
        code: 3,
        verdict: "collected",
      });
    });

    test("feature-sanity: 0", async () => {
      const { code, err } = await host.qsc("feature-sanity", "--after", cutover, "--count", "200");
      expect({ code, err }).toMatchObject({ code: 0 });
    });

    test("quality-gate --mode canary: 0, the model passes", async () => {
      const run = await host.qsc("quality-gate", "--mode", "canary", "--after", cutover, "--model", MODEL, "--wait");
      expect({ ...(JSON.parse(run.out) as GateDocument), code: run.code }).toMatchObject({ code: 0, verdict: "pass" });
    });

    test("activate --dry-run: 0, and nothing changes", async () => {
      const before = await picture(host);
      const document = await ran<ActivateDocument>(
        host.qsc("activate", "--model", MODEL, "--cutover", cutover, "--dry-run"),
      );
      expect(document).toMatchObject({ code: 0, dryRun: true, cutover: null, weights: { before: EQUAL } });
      expect(document.weights.after).toEqual({ xgb: 0.3, nhits: 0.3, dlinear: 0.3, patchtst: 0.1 });
      expect(document.dropIn?.text).toContain(`Environment="QSC_CANARY_MODEL=${MODEL}"`);
      expect(document.rollbackCommand).toMatch(/^qsc rollback --config \//);
      // What the watch will see of this model, and of no other.
      expect(document.gate?.power?.map(({ model }) => model)).toEqual([MODEL]);
      expect(document.gate?.power?.[0]?.rows.find(({ fault }) => fault === "no answer at all")).toMatchObject({
        check: "error_rate_spike",
        inTime: true,
      });
      expect(document.steps.filter(({ outcome }) => outcome === "planned").map(({ name }) => name)).toEqual([
        "intent",
        "dead-man armed",
        "drop-in written",
        "restart",
        "watch started",
      ]);
      expect(await picture(host)).toEqual(before);
    });

    test("activate: 0, the new process serves the weights", async () => {
      const { bootId: former } = await host.newestDecision();
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      expect(document).toMatchObject({ code: 0, reasons: [], weights: { before: EQUAL } });
      expect(await readFile(host.dropIn, "utf8")).toBe(document.dropIn?.text);
      const { bootId, weights, canary } = await host.newestDecision();
      expect({ weights, canary }).toEqual({ weights: document.weights.after, canary: { model: MODEL, weight: 0.1 } });
      expect(bootId).not.toBe(former);
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({
        code: 0,
        phase: "canary",
        model: MODEL,
        share: 0.1,
      });
    });

    test("promote before the watch is over: 2, and the canary stays as it is", async () => {
      const document = await ran<PromoteDocument>(host.qsc("promote", "--to", "50"));
      expect(document).toMatchObject({ code: 2, weights: { before: null, after: null } });
      expect(document.reasons.join(" ")).toContain("not eligible");
      expect((await host.newestDecision()).canary).toEqual({ model: MODEL, weight: 0.1 });
    });

    test("monitor: 0, eligible, and never promoted by itself", async () => {
      const run = host.qsc("monitor", ...WATCH);
      expect(await ran<MonitorDocument>(run)).toMatchObject({
        code: 0,
        outcome: "eligible",
        violations: [],
        power: { model: MODEL },
      });
      expect((await run).err).toMatch(
        /watch {3}of patchtst for .*\n(?: {2}.*\n)* {2}no answer at all: error_rate_spike after \d+ decisions/,
      );
      expect((await host.newestDecision()).canary).toEqual({ model: MODEL, weight: 0.1 });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "eligible" });
    });

    test("promote --to 100 from 10 %: 2", async () => {
      const document = await ran<PromoteDocument>(host.qsc("promote", "--to", "100"));
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toContain("the next share is 50 %");
    });

    test("promote --to 50: 0, and it is watched again: 0", async () => {
      const document = await ran<PromoteDocument>(host.qsc("promote", "--to", "50"));
      expect(document).toMatchObject({ code: 0, reasons: [] });
      const { weights, canary } = await host.newestDecision();
      expect(canary).toEqual({ model: MODEL, weight: 0.5 });
      expect(weights).toEqual(document.weights.after);
      expect(await ran<MonitorDocument>(host.qsc("monitor", ...WATCH))).toMatchObject({
        code: 0,
        outcome: "eligible",
        share: 0.5,
      });
    });

    test("promote --to 100: 0, watched to the end: 0, promoted", async () => {
      expect(await ran<PromoteDocument>(host.qsc("promote", "--to", "100"))).toMatchObject({ code: 0, reasons: [] });
      expect((await host.newestDecision()).weights[MODEL]).toBe(1);
      expect(await ran<MonitorDocument>(host.qsc("monitor", ...WATCH))).toMatchObject({
        code: 0,
        outcome: "promoted",
        share: 1,
      });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "promoted", share: 1 });
    });

    test("audit verify: 0, and the log tells the story", async () => {
      expect(await ran<AuditDocument>(host.qsc("audit", "verify"))).toMatchObject({
        code: 0,
        brokenLine: null,
        entries: 6,
      });
      const lines = (await readFile(join(host.workdir, "logs", "qsc_canary.jsonl"), "utf8")).trim().split("\n");
      const events = lines.map((line) => JSON.parse(line) as { event: string; details: { share: number } });
      expect(events.map(({ event, details }) => `${event} ${details.share}`)).toEqual([
        "activate 0.1",
        "eligible 0.1",
        "promote 0.5",
        "eligible 0.5",
        "promote 1",
        "promoted 1",
      ]);
    });

    test("audit verify names an edited line of the log: 2", async () => {
      const path = join(host.workdir, "logs", "qsc_canary.jsonl");
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace('"share":0.5', '"share":0.6'));
      expect(await ran<AuditDocument>(host.qsc("audit", "verify"))).toMatchObject({ code: 2, brokenLine: 3 });
      await writeFile(path, text);
    });

    test("rollback: 0, no trace is left", async () => {
      const { bootId: former } = await host.newestDecision();
      const document = await ran<RollbackDocument>(host.qsc("rollback", "--reason", "the end of the test"));
      expect(document).toMatchObject({ code: 0, reason: "the end of the test", reasons: [] });
      await expectNoTrace(host);
      expect(await readdir(join(host.workdir, "data")), "the lease").not.toContain("qsc_canary_lease");
      const { bootId, canary } = await host.newestDecision();
      expect(bootId).not.toBe(former);
      expect(canary).toBeNull();
    });

    test("history: 0, the canary from its activation to its end, and the report of that", async () => {
      const { code, canaries } = await ran<HistoryDocument>(host.qsc("history"));
      expect(code).toBe(0);
      expect(canaries.map(({ share, outcome, reason }) => [share, outcome, reason])).toEqual([
        [1, "rolled_back", "the end of the test"],
      ]);
      const { report } = canaries[0] ?? { report: null };
      expect(await readFile(join(host.workdir, report ?? ""), "utf8")).toContain("the end of the test");
    });

    test("the reports of every step are there", async () => {
      const names = await readdir(join(host.workdir, "reports", "safety"));
      for (const kind of ["quality_gate_", "qsc_monitor_final_", "activate", "promote", "rollback"]) {
        expect(
          names.some((name) => name.includes(kind) && name.endsWith(".md")),
          `${kind} among ${names.join(", ")}`,
        ).toBe(true);
      }
    });
  });
});

/** Everything that an activation could change: files of the tool, units and their state, and what the engine serves. */
async function picture(host: CanaryHost): Promise<unknown> {
  const units = await host.systemd.run(
    "systemctl",
    "show",
    "-p",
    "Environment,DropInPaths,MainPID,InvocationID,NRestarts",
    host.unit,
  );
  const files = (await readdir(host.workdir, { recursive: true })).filter((name) => !name.includes("safety"));
  const { bootId, weights, canary } = await host.newestDecision();
  return {
    units: units.stdout,
    files,
    unitFiles: (await readdir(host.systemd.unitDirectory, { recursive: true })).toSorted(),
    bootId,
    weights,
    canary,
  };
}
