import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { QscError } from "@qsc/contract";
import { systemManager, type ServiceManager } from "@qsc/systemd";
import { describeRequiring, requireSystemd, startSystemd, type RealSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEngineJournal } from "../../src/judge/diagnosis/journal.js";

const UNIT = "engine.service";

/** A unit whose process prints these lines and stays. */
function saying(...lines: readonly string[]): string {
  return [
    "[Service]",
    `ExecStart=/bin/sh -c '${lines.map((line) => `echo "${line}"`).join("; ")}; exec sleep infinity'`,
    "",
  ].join("\n");
}

describeRequiring(requireSystemd(), "the journal of an engine, on a real systemd", () => {
  let systemd: RealSystemd;
  let services: ServiceManager;
  beforeAll(async () => {
    systemd = await startSystemd();
    services = systemManager({ prefix: systemd.prefix, unitDirectory: systemd.unitDirectory });
  });
  afterAll(() => systemd.stop());

  async function start(...lines: readonly string[]): Promise<void> {
    await writeFile(join(systemd.unitDirectory, UNIT), saying(...lines));
    await services.reload();
    await services.stop(UNIT, 10_000);
    await services.start(UNIT, 10_000);
  }

  test("counts only the present start", async () => {
    await start("AI_ENGINE_BUILD: 0001", "[XGB] QSC FAIL-CLOSED: late; inactive_reason=timeout");
    await start(
      "AI_ENGINE_BUILD: 0002",
      "[PatchTST] QSC FAIL-CLOSED: gone; inactive_reason=model_missing",
      "[PatchTST] DRIFT DETECTED",
    );
    const reading = await readEngineJournal({ services, unit: UNIT });
    expect(reading).toMatchObject({
      status: "read",
      build: "0002",
      findings: [
        { kind: "fail_closed", model: "PatchTST", reason: "model_missing", count: 1 },
        { kind: "drift", model: "PatchTST", count: 1 },
      ],
    });
  });

  test("is unknown if the process writes nothing, or there is no such unit", async () => {
    await writeFile(join(systemd.unitDirectory, UNIT), ["[Service]", "ExecStart=/bin/sleep infinity", ""].join("\n"));
    await services.reload();
    await services.stop(UNIT, 10_000);
    await services.start(UNIT, 10_000);
    expect(await readEngineJournal({ services, unit: UNIT })).toMatchObject({
      status: "unknown",
      findings: [],
      detail: expect.stringContaining("systemd-journal") as unknown,
    });
    expect(await readEngineJournal({ services, unit: "none.service" })).toMatchObject({
      status: "unknown",
      detail: expect.stringContaining("There is no unit none.service") as unknown,
    });
  });

  test("a user who may not read it is told so", async () => {
    await start("AI_ENGINE_BUILD: 0003");
    const nobody = systemManager({
      prefix: [...systemd.prefix, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"],
      unitDirectory: systemd.unitDirectory,
    });
    const asNobody: ServiceManager = { ...nobody, state: (unit) => services.state(unit) };
    expect(await readEngineJournal({ services: asNobody, unit: UNIT })).toMatchObject({
      status: "unknown",
      build: null,
      findings: [],
      detail: expect.stringContaining("systemd-journal") as unknown,
    });
    expect((await readEngineJournal({ services: asNobody, unit: UNIT })).detail).toBe(
      `This user may not read the journal of ${UNIT}: let it join the group systemd-journal, or ask as root.`,
    );
  });
});

describe("without a journal", () => {
  test("a skipped part says so", async () => {
    expect(await readEngineJournal({ skipped: "No unit is named." })).toEqual({
      status: "skipped",
      detail: "No unit is named.",
      build: null,
      findings: [],
    });
  });

  test("an error of the manager is unknown", async () => {
    // A manager that is only asked for a state.
    const failing = {
      state: () => Promise.reject(new QscError("service_unreachable", "Nobody answers.")),
    } as unknown as ServiceManager;
    expect(await readEngineJournal({ services: failing, unit: UNIT })).toMatchObject({
      status: "unknown",
      detail: "Nobody answers.",
    });
  });
});
