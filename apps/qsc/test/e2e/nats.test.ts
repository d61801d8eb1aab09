import { join } from "node:path";
import type { ScoreboardDocument } from "@qsc/contract";
import {
  describeRequiring,
  requireNats,
  seededTelemetry,
  startNats,
  temporaryDirectory,
  writeEventLog,
  writeNats,
  type Draft,
  type NatsServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const START = Date.UTC(2026, 0, 5, 9);
const SUBJECTS = { healthy: "trade.intent.healthy", collapsed: "trade.intent.collapsed" };
const GATE = ["quality-gate", "--mode", "canary", "--model", "xgboost"];

/** One answer with one confidence, from the model that is asked about. */
function collapse({ modelBreakdown }: Draft): void {
  Object.assign(modelBreakdown["xgboost"] ?? {}, { action: "BUY", confidence: 0.61 });
}

describeRequiring(requireNats(), "telemetry in a stream of JetStream", () => {
  let directory: TemporaryDirectory;
  const servers: NatsServer[] = [];
  const started = async (subject: string, mutate: (draft: Draft) => void): Promise<NatsServer> => {
    const nats = await startNats();
    servers.push(nats);
    const { entries } = seededTelemetry({ seed: 7, count: 1500, startMs: START, intervalMs: 6000, mutate });
    await writeNats(nats.url, subject, entries);
    return nats;
  };
  const asOf = ["--as-of", new Date(START + 1499 * 6000).toISOString()];
  let healthy: readonly string[];
  let collapsed: readonly string[];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const [one, other] = [
      await started(SUBJECTS.healthy, () => undefined),
      await started(SUBJECTS.collapsed, collapse),
    ];
    healthy = ["--source", one.url, "--stream", SUBJECTS.healthy, ...asOf];
    collapsed = ["--source", other.url, "--stream", SUBJECTS.collapsed, ...asOf];
  });
  afterAll(async () => {
    for (const nats of servers) await nats.stop();
    await directory.remove();
  });

  test("passes the gate if it is healthy", async () => {
    const gate = await document([...GATE, ...healthy], { cwd: directory.path });
    expect([gate.code, gate.verdict, gate.reasons]).toEqual([0, "pass", []]);
    expect(gate).toMatchObject({ source: healthy[1], stream: SUBJECTS.healthy });
  });

  test("does not pass if a model has collapsed", async () => {
    const gate = await document([...GATE, ...collapsed], { cwd: directory.path });
    expect([gate.code, gate.verdict]).toEqual([2, "fail"]);
    expect(gate.reasons.join()).toContain("confidence_collapse");
  });

  test("makes a scoreboard", async () => {
    const board = await document<ScoreboardDocument>(["scoreboard", ...collapsed], { cwd: directory.path });
    expect(board.models.find(({ model }) => model === "xgboost")?.status).toBe("NO-GO");
  });

  test("is judged by several threads as by one, and as the same entries in an event log", async () => {
    const { entries } = seededTelemetry({ seed: 5, count: 21_000, startMs: START, intervalMs: 1000 });
    await using nats = await startNats();
    await writeNats(nats.url, "long", entries);
    await writeEventLog(join(directory.path, "long.ndjson"), entries);
    const said = async (source: readonly string[]) => {
      const args = ["quality-gate", "--mode", "canary", "--after", new Date(START).toISOString(), ...source];
      const { code, verdict, reasons, counts, models, ensemble } = await document(args, { cwd: directory.path });
      return { code, verdict, reasons, counts, models, ensemble };
    };
    const stream = ["--source", nats.url, "--stream", "long", "--as-of", new Date(START + 20_999_000).toISOString()];
    const byOne = await said([...stream, "--threads", "1"]);
    expect(byOne).toMatchObject({ code: 0, verdict: "pass", counts: { read: 21_000 } });
    for (const threads of ["2", "5"]) expect(await said([...stream, "--threads", threads])).toEqual(byOne);
    expect(await said(["--source", "file:long.ndjson"])).toEqual(byOne);
  });

  test("is refused in one sentence if no stream has the subject", async () => {
    const { code, out, err } = await qsc([...GATE, ...healthy.slice(0, 2), "--stream", "other.subject"], {
      cwd: directory.path,
    });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(
      /\nqsc: \[source_missing\] No stream of JetStream at nats:\/\/127\.0\.0\.1:\d+ stores the subject/,
    );
  });
});
