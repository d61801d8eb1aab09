import { open } from "node:fs/promises";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import type { AuditDocument } from "@qsc/contract";
import { lockOpenFile } from "@qsc/systemd";
import { describe, expect, test } from "vitest";
import { verifyAudit } from "../../src/audit.js";
import { readState, writeState } from "../../src/canary/state.js";
import { hostFiles } from "../../src/host/host-files.js";
import { appendAudit, appendOrKeep, readAudit } from "../../src/operation/audit-log.js";
import type { OperationContext } from "../../src/operation/context.js";
import { status } from "../../src/status.js";
import { hostContext } from "./model/host-context.js";
import { baselineProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { installDeadMan, pass, run } from "./model/run.js";
import { activation, canaryMachine, takingBack } from "./model/scenarios.js";

const MINUTE_MS = 60_000;
const LOG = `file ${PATHS.audit}`;

/** A canary's machine on which a command hangs that holds the log's own lock; and how to end it. */
async function hung(
  holds: "the log" | "the unit and the log",
): Promise<{ readonly machine: Machine; readonly end: () => void }> {
  const machine = await canaryMachine();
  const holder = new Process(machine);
  if (holds === "the unit and the log") await holder.context.lock.acquire(0);
  machine.locks.set(LOG, holder.effects);
  return {
    machine,
    end: () => {
      holder.effects.kill();
      machine.locks.delete(LOG);
    },
  };
}

async function logOf(machine: Machine) {
  return (await readAudit(new Process(machine.clone()).context.files, PATHS.audit)).entries;
}

async function asked(machine: Machine) {
  const [stated, verified] = await Promise.all([
    status(new Process(machine).context),
    verifyAudit(new Process(machine).context),
  ]);
  return { status: stated, audit: verified };
}

test("an entry for a real log whose lock another command keeps is in the state, and in the log once that has ended", async () => {
  await using directory = await temporaryDirectory();
  const { context } = await hostContext(directory.path);
  const of = (operation: string): OperationContext => ({ ...context, operation });
  const [first, rollback] = [of("first"), of("second")];
  await appendAudit(first, "activate", {});
  await writeState(first, { phase: "baseline", canary: null, watch: null });
  await using holder = await open(context.paths.audit);
  expect(await lockOpenFile(holder.fd)).toBe(true);
  await readState(rollback);
  await expect(appendOrKeep(rollback, "rollback", { reason: "it is late" })).rejects.toMatchObject({
    code: "file_failed",
  });
  await writeState(rollback, { phase: "baseline", canary: null, watch: null });
  const verify = (): Promise<AuditDocument> => verifyAudit({ ...of("third"), workdir: directory.path });
  expect(await verify()).toMatchObject({ exitCode: 2, codes: ["audit_incomplete"] });
  await holder.close();
  const next = of("fourth");
  await readState(next);
  await appendAudit(next, "activate", {});
  expect(
    (await readAudit(hostFiles, context.paths.audit)).entries.map(({ event, operation }) => [event, operation]),
  ).toEqual([
    ["activate", "first"],
    ["rollback", "second"],
    ["activate", "fourth"],
  ]);
  expect(await verify()).toMatchObject({ exitCode: 0 });
  await writeState(next, { phase: "baseline", canary: null, watch: null });
  expect(await hostFiles.read(context.paths.state)).not.toContain("unlogged");
});

describe("a rollback while a command hangs that holds the log's lock", () => {
  test("is not held up; status and audit verify say which entry is missing, until the dead-man writes it", async () => {
    const { machine, end } = await hung("the unit and the log");
    const outcome = await run(machine, new Process(machine), (context) => takingBack(context, true));
    expect(outcome).toMatchObject({ document: { exitCode: 0 } });
    const provenAt = machine.nowMs;
    const { status: stated, audit } = await asked(machine);
    const named = expect.stringMatching(
      /lacks .*'rollback' of 2026-01-05T09:0.*operator.*asked for by an operator/,
    ) as string;
    expect(stated).toMatchObject({ exitCode: 2, phase: "baseline", lastRollback: { proven: true, user: "operator" } });
    expect(stated.codes).toContain("audit_incomplete");
    expect(stated.reasons).toContainEqual(named);
    expect(audit).toMatchObject({ exitCode: 2, codes: ["audit_incomplete"], reasons: [named] });
    installDeadMan(machine);
    await pass(machine, MINUTE_MS);
    expect(
      (await logOf(machine)).map(({ event }) => event),
      "it still hangs",
    ).toEqual(["activate"]);
    end();
    await pass(machine, MINUTE_MS);
    const [, entry, ...others] = await logOf(machine);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      event: "rollback",
      user: "operator",
      details: { reason: "asked for by an operator" },
    });
    expect(Date.parse(entry?.at ?? "")).toBeLessThanOrEqual(provenAt);
    expect(await baselineProblems(machine)).toEqual([]);
    const after = await asked(machine);
    expect([after.status.exitCode, after.audit.exitCode]).toEqual([0, 0]);
  });

  test("leaves its entry to the next command that acts, which writes it before its own", async () => {
    const { machine, end } = await hung("the log");
    // The canary's last decision is older than the next process.
    await pass(machine, 1000);
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 0 } });
    expect(machine.guardState()).toBe("absent");
    expect((await asked(machine)).audit).toMatchObject({ exitCode: 2, codes: ["audit_incomplete"] });
    end();
    await pass(machine, 20_000);
    const next = await run(machine, new Process(machine), (context) =>
      activation(context, undefined, machine.engine?.startedMs),
    );
    expect(next).toMatchObject({ document: { exitCode: 0 } });
    expect((await logOf(machine)).map(({ event }) => event)).toEqual(["activate", "rollback", "activate"]);
    expect((await asked(machine)).audit).toMatchObject({ exitCode: 0 });
  });

  test("and that fails keeps its entry, too", async () => {
    const { machine, end } = await hung("the log");
    machine.sourceIsDown = true;
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 2 } });
    machine.sourceIsDown = false;
    expect((await asked(machine)).audit).toMatchObject({ codes: ["audit_incomplete"] });
    end();
    installDeadMan(machine);
    await pass(machine, 2 * MINUTE_MS);
    expect((await logOf(machine)).map(({ event }) => event)).toEqual(["activate", "rollback_failed", "rollback"]);
  });

  test("writes its entry once, although a crash came between the entry and the state", async () => {
    const { machine, end } = await hung("the log");
    await run(machine, new Process(machine), takingBack);
    end();
    const before = machine.disk.read(PATHS.state) ?? "";
    await run(machine, new Process(machine), takingBack);
    machine.disk.put(PATHS.state, before);
    expect((await asked(machine)).audit).toMatchObject({ codes: [] });
    await run(machine, new Process(machine), takingBack);
    expect((await logOf(machine)).map(({ event }) => event)).toEqual(["activate", "rollback"]);
  });
});

describe("an entry that only the state has", () => {
  const baseline = { phase: "baseline", canary: null, watch: null } as const;

  /** A command that cannot write the log, and leaves its entry in the state. */
  async function keeps(machine: Machine, reason: string): Promise<void> {
    const { context } = new Process(machine);
    await readState(context);
    await expect(appendOrKeep(context, "rollback", { reason })).rejects.toMatchObject({ code: "file_failed" });
    await writeState(context, baseline);
  }

  const kept = async (machine: Machine): Promise<readonly unknown[]> => {
    const read = await readState(new Process(machine).context);
    return read.kind === "state" ? (read.state.unlogged ?? []).map(({ details }) => details["reason"]) : [];
  };

  test("stays there if a command that read the state before writes it", async () => {
    const { machine } = await hung("the log");
    const { context } = new Process(machine);
    await readState(context);
    await keeps(machine, "the first");
    await writeState(context, baseline);
    expect(await kept(machine)).toEqual(["the first"]);
  });

  test("stays there if it is written while another command writes the state", async () => {
    const { machine } = await hung("the log");
    const others = [() => keeps(machine, "the first"), () => keeps(machine, "the second")];
    const { context } = new Process(machine, {
      plant: ({ files, ...rest }) => ({
        ...rest,
        files: {
          ...files,
          sync: async (path) => {
            await files.sync(path);
            await others.shift()?.();
          },
        },
      }),
    });
    await writeState(context, baseline);
    expect(await kept(machine)).toEqual(["the first", "the second"]);
  });

  test("goes once it is in the log, also if the state still has it", async () => {
    const { machine, end } = await hung("the log");
    await keeps(machine, "the first");
    end();
    const { context } = new Process(machine);
    await readState(context);
    await appendAudit(context, "deploy", {});
    await writeState(context, baseline);
    expect(await kept(machine)).toEqual([]);
  });
});
