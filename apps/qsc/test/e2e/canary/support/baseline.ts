import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import type { AuditDocument, StatusDocument } from "@qsc/contract";
import type { CanaryHost } from "@qsc-tooling/testkit";
import { expect } from "vitest";
import { ran } from "./life.js";

/** Nothing of a canary is in the unit: no drop-in, no variable, no dead-man. */
export async function expectNoTrace(host: CanaryHost): Promise<void> {
  const { stdout: environment } = await host.systemd.run("systemctl", "show", "-p", "Environment", host.unit);
  expect(environment, "the unit's environment").not.toContain("CANARY");
  expect(existsSync(host.dropIn), "the drop-in").toBe(false);
  expect(await guardsOf(host), "files of the dead-man").toEqual([]);
  // A run that has disarmed itself ends on its own.
  await host.until("the end of every unit of the dead-man", async () => {
    return (
      (await host.systemd.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "qsc-deadman-*")).stdout ===
      ""
    );
  });
}

/** The files of the dead-man, and the links that start it at boot. */
export async function guardsOf(host: CanaryHost): Promise<readonly string[]> {
  const names = await readdir(host.systemd.unitDirectory, { recursive: true });
  return names.filter((name) => name.includes("qsc-deadman"));
}

/**
 * The canary is rolled back, by every sign: no trace in the unit, another process than the canary's that reports the
 * old weights, a log whose chain is whole, and a status without an objection.
 */
export async function expectBaseline(
  host: CanaryHost,
  canaryBoot: string,
  weights: Readonly<Record<string, number>>,
): Promise<void> {
  await expectNoTrace(host);
  const decision = await host.newestDecision();
  expect(decision.bootId, "the process").not.toBe(canaryBoot);
  expect(decision.weights, "the weights in the telemetry").toEqual(weights);
  expect(decision.canary, "the canary in the telemetry").toBeNull();
  const [audit, status] = await Promise.all([
    ran<AuditDocument>(host.qsc("audit", "verify")),
    ran<StatusDocument>(host.qsc("status")),
  ]);
  expect(audit, "the audit log").toMatchObject({ code: 0, brokenLine: null });
  expect(status, "the status").toMatchObject({
    code: 0,
    phase: "baseline",
    reasons: [],
    lastAudit: { event: "rollback" },
  });
}
