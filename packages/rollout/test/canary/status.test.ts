import { beforeEach, describe, expect, test } from "vitest";
import type { StatusDocument } from "@qsc/contract";
import { appendAudit } from "../../src/operation/audit-log.js";
import { status } from "../../src/status.js";
import { toTerminal } from "@qsc/report";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { run } from "./model/run.js";
import { baselineMachine, canaryMachine } from "./model/scenarios.js";

let machine: Machine;

async function statusNow(): Promise<StatusDocument> {
  const outcome = await run(machine, new Process(machine), status);
  if (outcome.kind !== "done") throw new Error("status did not end", { cause: outcome });
  return outcome.document;
}

async function expectAgainst(why: string): Promise<void> {
  const { exitCode, reasons } = await statusNow();
  expect({ exitCode, reasons: reasons.join(" ") }).toEqual({
    exitCode: 2,
    reasons: expect.stringContaining(why) as string,
  });
}

describe("a canary", () => {
  beforeEach(async () => {
    machine = await canaryMachine();
  });

  test("all signs agree", async () => {
    expect(await statusNow()).toMatchObject({ exitCode: 0, phase: "canary", reasons: [] });
  });

  test("says since when there is one, when its watch ends, and how close each check came to its limit", async () => {
    const state = JSON.parse(machine.disk.read(PATHS.state) ?? "") as {
      watch: { startedAt: string; durationMs: number };
    };
    const activated = JSON.parse((machine.disk.read(PATHS.audit) ?? "").trim().split("\n").at(-1) ?? "") as {
      at: string;
      event: string;
    };
    expect(activated.event).toBe("activate");
    const before = await statusNow();
    expect(before).toMatchObject({
      since: activated.at,
      endsAt: new Date(Date.parse(state.watch.startedAt) + state.watch.durationMs).toISOString(),
      lastRollback: null,
    });
    expect(before.steps[0]?.detail).toBe(`phase canary since ${activated.at}`);
    const judgedAt = new Date(Date.parse(state.watch.startedAt) + 60_000).toISOString();
    const worst = [{ model: "xgb", check: "dead_zone", value: 0.8, limit: 0.85, margin: 0.0588, at: judgedAt }];
    machine.disk.put(
      PATHS.state,
      JSON.stringify({
        ...state,
        updatedAt: judgedAt,
        watch: { ...state.watch, watchedMs: 5000, lastJudgedAt: judgedAt, worst },
      }),
    );
    const later = await statusNow();
    expect(later).toMatchObject({
      since: activated.at,
      endsAt: new Date(Date.parse(judgedAt) + state.watch.durationMs - 5000).toISOString(),
    });
    expect(toTerminal(later, { color: false })).toMatch(/Nearest to its limit\n[^]*xgb +dead_zone/);
  });

  test("fails if the audit log was deleted, or lost its end", async () => {
    const whole = machine.disk.read(PATHS.audit) ?? "";
    machine.disk.remove(PATHS.audit);
    await expectAgainst("audit log: ");
    machine.disk.create(PATHS.audit);
    machine.disk.put(PATHS.audit, whole.split("\n").slice(0, -2).join("\n"));
    await expectAgainst("audit log: ");
  });

  test("each reason has the code of its failed step", async () => {
    await appendAudit(new Process(machine).context, "rollback", {});
    const { codes, reasons, steps } = await statusNow();
    expect(codes).toEqual(["audit_end_differs"]);
    expect(reasons).toHaveLength(1);
    expect(steps.flatMap(({ code }) => code ?? [])).toEqual(codes);
  });

  test("fails if the log's last line is a rollback", async () => {
    await appendAudit(new Process(machine).context, "rollback", {});
    await expectAgainst("ends with 'rollback', although the state says canary");
  });

  test("fails if the log of an earlier version's state was deleted", async () => {
    const earlier = JSON.parse(machine.disk.read(PATHS.state) ?? "") as Record<string, unknown>;
    delete earlier["audit"];
    machine.disk.put(PATHS.state, JSON.stringify(earlier));
    machine.disk.remove(PATHS.audit);
    await expectAgainst("ends with nothing about a canary, although the state says canary");
  });

  test.each(["QSC_CANARY_MODEL", "QSC_CANARY_WEIGHT", "QSC_CANARY_WEIGHTS"])(
    "fails if the unit lacks only %s",
    async (name) => {
      if (machine.engine === null) throw new Error("no engine");
      const environment = new Map(machine.loaded ?? []);
      environment.delete(name);
      machine.loaded = environment;
      await expectAgainst(`${name} would be missing in its environment`);
    },
  );
});

describe("after a rollback", () => {
  test("says when, why and by whom, and whether it was proven", async () => {
    machine = await canaryMachine();
    const process = new Process(machine);
    await appendAudit(process.context, "rollback_failed", {
      reason: "spread widened",
      failure: "no decision",
      attempt: 1,
    });
    expect((await statusNow()).lastRollback).toMatchObject({
      reason: "spread widened",
      user: process.context.user,
      host: process.context.judgement.host,
      proven: false,
    });
    await appendAudit(process.context, "rollback", { reason: "spread widened again" });
    const { lastRollback } = await statusNow();
    expect(lastRollback).toMatchObject({ reason: "spread widened again", proven: true });
    expect(lastRollback?.at).toMatch(/^\d{4}-.*Z$/);
  });

  test("does not say so if the log cannot be trusted", async () => {
    machine = await canaryMachine();
    await appendAudit(new Process(machine).context, "rollback", { reason: "spread widened" });
    machine.disk.put(PATHS.audit, (machine.disk.read(PATHS.audit) ?? "").replace("spread widened", "all was well"));
    const { exitCode, lastRollback, since } = await statusNow();
    expect({ exitCode, lastRollback, since }).toEqual({ exitCode: 2, lastRollback: null, since: null });
  });
});

describe("a baseline", () => {
  beforeEach(async () => {
    machine = await baselineMachine();
  });

  test("all signs agree", async () => {
    expect(await statusNow()).toMatchObject({ exitCode: 0, phase: "baseline", reasons: [] });
  });

  test.each(["QSC_CANARY_MODEL", "QSC_CANARY_WEIGHT", "QSC_CANARY_WEIGHTS"])(
    "fails if the unit has only %s",
    async (name) => {
      machine.loaded = new Map([[name, "xgb=0.5"]]);
      await expectAgainst(`has ${name} in its environment`);
    },
  );

  test("fails if the newest decision is three days old", async () => {
    machine.wallOffsetMs += 3 * 24 * 60 * 60_000;
    await expectAgainst("the newest decision is 3 d");
  });

  test("fails if the newest decision is older than the running process", async () => {
    machine.stop();
    machine.start();
    machine.entries = machine.entries.filter(({ id }) => id !== null && Number(id.split("-")[0]) < machine.nowMs - 1);
    await expectAgainst("is older than the running process");
  });
});
